import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { quietRuntime } from "../../workflow/quiet-runtime.ts";
import { type Bundle, bundle } from "./bundle.ts";

const budgetBytes = 750_000;
/** Libraries for the world outside: deterministic or not, none of them belongs where histories are replayed. */
const denied =
  /^(zod|pg|jose|pkijs|asn1js|reflect-metadata|fastify|pino|undici|@peculiar\/.*|@hpke\/.*|@grpc\/.*)$/;
const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const deniedIn = ({ packages }: Bundle) => packages.filter((name) => denied.test(name));

describe("workflow bundle", () => {
  let workflows: Bundle;
  beforeAll(async () => {
    quietRuntime();
    workflows = await bundle(path("../../../workflows/index.ts"));
  });

  test("ok/keeps within its budget", () => {
    expect(workflows.bytes).toBeLessThanOrEqual(budgetBytes);
    // Less than the SDK's own code: then something else was measured.
    expect(workflows.bytes).toBeGreaterThan(200_000);
  });

  test("ok/holds Temporal's packages and none of the denied", () => {
    expect(workflows.packages).toContain("@temporalio/workflow");
    expect(deniedIn(workflows)).toEqual([]);
  });

  test("fail/a library that should not be in the bundle is named", async () => {
    expect(deniedIn(await bundle(path("./uses-zod.ts")))).toEqual(["zod"]);
  });

  test("fail/a module of Node is not bundled at all", async () => {
    await expect(bundle(path("./uses-node.ts"))).rejects.toThrow(/cannot be bundled: .*node:fs\/promises/s);
  });
});
