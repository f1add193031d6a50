import { expect, test } from "@jest/globals";
import type { z } from "zod";
import { documented } from "../../../gateway/party/documented.ts";

test.each(Object.entries<z.ZodType>(documented))(
  "ok/%s has examples, which it accepts as they are",
  (_name, schema) => {
    const examples = schema.meta()?.["examples"] as unknown[];
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(schema.parse(example)).toEqual(example);
  },
);
