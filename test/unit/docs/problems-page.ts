import { problemOf } from "../../../protocol/problem.ts";
import { type RefusalCode, refusals } from "../../../protocol/refusals.ts";

/** docs/reference/problems.md and its Japanese twin, made from the refusals. */

export const again = "UPDATE_DOCS=1 npm test -- test/unit/docs";

/** What the server of a party may meet; phones, operators and persons meet the others, and most of these too. */
export const metByParties: readonly RefusalCode[] = [
  "MALFORMED_REQUEST",
  "BODY_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "NOT_FOUND",
  "TOO_MANY_REQUESTS",
  "PARTY_TOKEN_INVALID",
  "IDEMPOTENCY_KEY_REUSED",
  "IDEMPOTENCY_KEY_UNDER_WAY",
  "STREAM_EXISTS",
  "STREAM_ENDPOINT_FORBIDDEN",
  "CONSENT_NOT_IN_FORCE",
  "ACKNOWLEDGEMENT_UNEXPECTED",
  "TRY_AGAIN",
  "INTERNAL",
];
const others = (Object.keys(refusals) as RefusalCode[]).filter((code) => !metByParties.includes(code));

/** A text in a cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const rows = (codes: readonly RefusalCode[], languages: readonly ("en" | "ja")[]): string[] =>
  codes.map((code) => {
    const { type, status, message, next } = problemOf(code, { detail: "", instance: "", language: "en" });
    const texts = languages.flatMap((language) => [message[language], next[language]]).map(cell);
    return `| \`${code}\`<br>\`${type}\` | ${[status, ...texts].join(" | ")} |`;
  });

const english = (codes: readonly RefusalCode[]) => [
  "| code and type | HTTP | what happened | what to do next | 何が起きたか | 次にすること |",
  "| --- | --- | --- | --- | --- | --- |",
  ...rows(codes, ["en", "ja"]),
  "",
];
const japanese = (codes: readonly RefusalCode[]) => [
  "| コードと type | HTTP | 何が起きたか | 次にすること |",
  "| --- | --- | --- | --- |",
  ...rows(codes, ["ja"]),
  "",
];

export const problems = [
  "# Problems",
  "",
  "Every way the gateway says no. Each is an RFC 9457 problem document (`application/problem+json`) whose `type` and",
  "`code` are stable; `message` and `next` hold what happened and what to do, in both languages; `detail` is for",
  "developers and names no person; `instance` is new each time and stands in the log where the failure was ours.",
  "`TRY_AGAIN` carries `Retry-After`, `CODE_WRONG` carries `triesLeft`. What the card itself refuses never reaches the",
  "gateway: those codes are in [client/app/card/card-error.ts](../../client/app/card/card-error.ts). Errors of the token",
  "endpoint are OAuth errors.",
  "",
  `Made from [protocol/refusals.ts](../../protocol/refusals.ts); \`${again}\` writes it anew, and a test fails until that is done.`,
  "",
  "## What a party's server meets",
  "",
  ...english(metByParties),
  "## What phones, operators and persons meet besides",
  "",
  ...english(others),
].join("\n");

export const problemsInJapanese = [
  "# 問題の一覧",
  "",
  "ゲートウェイが断るときのすべてです。どれも RFC 9457 の問題詳細（`application/problem+json`）で、`type` と `code` は変わりません。",
  "`message` と `next` には、何が起きたかと次にすることが日本語と英語で入ります。`detail` は開発者向けで、個人を特定しません。`instance` は",
  "毎回新しく、当方の障害であればログにも残ります。`TRY_AGAIN` には `Retry-After` が、`CODE_WRONG` には `triesLeft` が付きます。カード自身の",
  "拒否はゲートウェイに届きません。そのコードは [client/app/card/card-error.ts](../../client/app/card/card-error.ts) にあります。トークン",
  "エンドポイントのエラーは OAuth のエラーです。",
  "",
  `[protocol/refusals.ts](../../protocol/refusals.ts) から \`${again}\` で作られ、一致しなければテストが失敗します。`,
  "",
  "## 相手先のサーバーが受け取るもの",
  "",
  ...japanese(metByParties),
  "## そのほかに端末、運用者、本人が受け取るもの",
  "",
  ...japanese(others),
].join("\n");
