import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { problemOf } from "../../../protocol/problem.ts";
import { type RefusalCode, refusals } from "../../../protocol/refusals.ts";

const page = new URL("../../../docs/reference/problems.md", import.meta.url);
const again = "UPDATE_DOCS=1 npm test -- test/unit/docs";

/** A text in a cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** The page as it should be: one row for each refusal, in the order of `refusals.ts`. */
function render(): string {
  const rows = (Object.keys(refusals) as RefusalCode[]).map((code) => {
    const { type, status, message, next } = problemOf(code, { detail: "", instance: "", language: "en" });
    const texts = [message.en, next.en, message.ja, next.ja].map(cell);
    return `| \`${code}\`<br>\`${type}\` | ${[status, ...texts].join(" | ")} |`;
  });
  return [
    "# Problems",
    "",
    "Every way the gateway says no. Each is an RFC 9457 problem document (`application/problem+json`) whose `type` and",
    "`code` are stable; `message` and `next` hold what happened and what to do, in both languages; `detail` is for",
    "developers and names no person; `instance` is new each time and stands in the log where the failure was ours.",
    "`TRY_AGAIN` carries `Retry-After`, `CODE_WRONG` carries `triesLeft`. What the card itself refuses never reaches the",
    "gateway: those codes are in [client/app/card/card-error.ts](../../client/app/card/card-error.ts).",
    "",
    `Made from [protocol/refusals.ts](../../protocol/refusals.ts); \`${again}\` writes it anew, and a test fails until that is done.`,
    "",
    "| code and type | HTTP | what happened | what to do next | 何が起きたか | 次にすること |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

test(`ok/docs/reference/problems.md says what protocol/refusals.ts says (to write it anew: ${again})`, async () => {
  const wanted = render();
  if (process.env["UPDATE_DOCS"] === "1") await writeFile(page, wanted);
  expect(await readFile(page, "utf8")).toBe(wanted);
});
