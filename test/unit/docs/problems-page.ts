import { type OAuthErrorEntry, oauthErrors } from "../../../protocol/oauth-errors.ts";
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

const places = {
  auth: "/auth",
  request: "/request",
  token: "/token",
  backchannel: "/backchannel",
  me: "/me",
};
const words = {
  en: { resources: "resources", redirect: "redirect", page: "page", only: "only" },
  ja: { resources: "リソース", redirect: "リダイレクト", page: "画面", only: "のみ" },
};

/** Where an error occurs, and how it is told there. */
function whereOf({ at, only }: OAuthErrorEntry, language: "en" | "ja"): string {
  const said = words[language];
  const each = Object.entries(at).map(([endpoint, told]) => {
    const place =
      endpoint === "resources" ? said.resources : `\`${places[endpoint as keyof typeof places]}\``;
    return `${place} ${told.map((how) => (typeof how === "number" ? how : said[how])).join(", ")}`;
  });
  return [...(only === undefined ? [] : [`\`/${only}\` ${said.only}`]), ...each].join("<br>");
}

const oauthRows = (languages: readonly ("en" | "ja")[]): string[] =>
  Object.entries(oauthErrors).map(([error, entry]) => {
    const texts = languages.flatMap((language) => [entry.when[language], entry.next[language]]).map(cell);
    return `| \`${error}\` | ${[whereOf(entry, languages[0] ?? "en"), ...texts].join(" | ")} |`;
  });

export const problems = [
  "# Problems",
  "",
  "Every way the gateway says no. Each is an RFC 9457 problem document (`application/problem+json`) whose `type` and",
  "`code` are stable; `message` and `next` hold what happened and what to do, in both languages; `detail` is for",
  "developers and names no person; `instance` is new each time and stands in the log where the failure was ours.",
  "`TRY_AGAIN` carries `Retry-After`, `CODE_WRONG` carries `triesLeft`. What the card itself refuses never reaches the",
  "gateway: those codes are in [client/app/card/card-error.ts](../../client/app/card/card-error.ts). The two OpenID",
  "issuers answer with OAuth errors, listed last.",
  "",
  "Made from [protocol/refusals.ts](../../protocol/refusals.ts) and",
  `[protocol/oauth-errors.ts](../../protocol/oauth-errors.ts); \`${again}\` writes it anew, and a test fails until that is done.`,
  "",
  "## What a party's server meets",
  "",
  ...english(metByParties),
  "## What phones, operators and persons meet besides",
  "",
  ...english(others),
  "## OAuth errors",
  "",
  "Errors of `/openid` and `/oidc` are JSON with `error` and `error_description` (RFC 6749 §5.2), whatever the client accepts; at",
  "`/auth` they return to the party by redirect, with `iss` (RFC 9207), or are on a page if no redirect is possible. Every 429 and",
  "503 has `Retry-After`. A resource is `/ssf` or `/v1` with a party's token: the error is in `WWW-Authenticate` (RFC 6750 §3, RFC",
  "9449 §7.1; no error if no token was sent), and the body is the problem `PARTY_TOKEN_INVALID`, whose status is then 401 or 403.",
  "",
  "The gateway's log always has the reason (`a request was refused`, with `reason`): which claim was wrong, what was received and",
  "what was expected. In the test setting `error_description` has it too; in production the description is general. This server gives",
  "no DPoP nonces: `use_dpop_nonce` never occurs, because proofs are accepted for two minutes and once. A client should handle it all",
  "the same (RFC 9449 §8), since the decision may change.",
  "",
  "| error | where: HTTP status | when | what to do next | どのような場合か | 次にすること |",
  "| --- | --- | --- | --- | --- | --- |",
  ...oauthRows(["en", "ja"]),
  "",
].join("\n");

export const problemsInJapanese = [
  "# 問題の一覧",
  "",
  "ゲートウェイが断るときのすべてです。どれも RFC 9457 の問題詳細（`application/problem+json`）で、`type` と `code` は変わりません。",
  "`message` と `next` には、何が起きたかと次にすることが日本語と英語で入ります。`detail` は開発者向けで、個人を特定しません。`instance` は",
  "毎回新しく、当方の障害であればログにも残ります。`TRY_AGAIN` には `Retry-After` が、`CODE_WRONG` には `triesLeft` が付きます。カード自身の",
  "拒否はゲートウェイに届きません。そのコードは [client/app/card/card-error.ts](../../client/app/card/card-error.ts) にあります。2つの",
  "OpenID 発行者のエラーは OAuth のエラーで、最後に示します。",
  "",
  "[protocol/refusals.ts](../../protocol/refusals.ts) と [protocol/oauth-errors.ts](../../protocol/oauth-errors.ts) から",
  `\`${again}\` で作られ、一致しなければテストが失敗します。`,
  "",
  "## 相手先のサーバーが受け取るもの",
  "",
  ...japanese(metByParties),
  "## そのほかに端末、運用者、本人が受け取るもの",
  "",
  ...japanese(others),
  "## OAuth のエラー",
  "",
  "`/openid` と `/oidc` のエラーは、クライアントが何を受け付けるかにかかわらず、`error` と `error_description` を持つ JSON です（RFC 6749",
  "§5.2）。`/auth` では `iss`（RFC 9207）を付けて相手先にリダイレクトし、できない場合は画面に表示します。429 と 503 には必ず",
  "`Retry-After` が付きます。リソースとは、相手先のトークンで呼び出す `/ssf` と `/v1` です。エラーは `WWW-Authenticate` にあり（RFC 6750",
  "§3、RFC 9449 §7.1。トークンがなければ error は付きません）、本文は問題 `PARTY_TOKEN_INVALID` で、その status は 401 か 403 です。",
  "",
  "ゲートウェイのログには必ず理由が残ります（`a request was refused` の `reason`）。どの値が誤りで、何を受け取り、何を期待したかが",
  "分かります。テスト設定では `error_description` にも理由が入り、本番設定では一般的な説明だけです。このサーバーは DPoP の nonce を",
  "使いません。証明は2分間、1回だけ有効なので、`use_dpop_nonce` は発生しません。ただし、この方針は変わることがあるため、クライアントは",
  "対応しておいてください（RFC 9449 §8）。",
  "",
  "| エラー | 場所と HTTP ステータス | どのような場合か | 次にすること |",
  "| --- | --- | --- | --- |",
  ...oauthRows(["ja"]),
  "",
].join("\n");
