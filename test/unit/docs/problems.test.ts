import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { type RefusalCode, refusals } from "../../../protocol/refusals.ts";
import { filesBelow, found } from "./markdown.ts";
import { again, metByParties, problems, problemsInJapanese } from "./problems-page.ts";

const reference = new URL("../../../docs/reference/", import.meta.url);

test.each([
  ["problems.md", problems],
  ["problems.ja.md", problemsInJapanese],
])(
  `ok/docs/reference/%s says what protocol/refusals.ts says (to write it anew: ${again})`,
  async (name, wanted) => {
    const page = new URL(name, reference);
    if (process.env["UPDATE_DOCS"] === "1") await writeFile(page, wanted);
    expect(await readFile(page, "utf8")).toBe(wanted);
  },
);

test("ok/what the addresses of parties refuse is among what parties meet", () => {
  const ofParties = [
    ...["attributes", "acknowledgements", "transactions", "links"].map((name) => `gateway/routes/${name}.ts`),
    "gateway/openid/party-token.ts",
    "gateway/idempotency.ts",
    ...filesBelow("gateway/shared-signals", ".ts"),
  ];
  const codes = ofParties.flatMap((file) => found(file, /"([A-Z_]+)"/g)).filter((word) => word in refusals);
  expect(codes.length).toBeGreaterThan(5);
  expect(codes.filter((code) => !metByParties.includes(code as RefusalCode))).toEqual([]);
});
