/** A test of ours: its file below `test/`, and a part of its title. */
type Shown = readonly [file: string, title: string];

/** Modules of one plan that our issuer or transmitter answers in the same way. */
export interface ModuleGroup {
  /** Module names without the plan's prefix. */
  modules: readonly string[];
  /**
   * `passes`: our answer is what the module expects; `differs`: another one, on purpose; `not applicable`: the module tests what we
   * do not have; `gap`: it should pass, and no test of ours shows it.
   */
  result: "passes" | "differs" | "not applicable" | "gap";
  note?: { en: string; ja: string };
  by?: readonly Shown[];
}

export interface Plan {
  title: { en: string; ja: string };
  /** The plan's name in the suite, and the prefix of its modules' names. */
  plan: string;
  prefix: string;
  about: { en: string; ja: string };
  groups: readonly ModuleGroup[];
}

/** The release of the suite whose module lists these are. */
export const suite = { release: "5.2.3", date: "2026-08-20" } as const;

const c = (title: string): Shown => ["unit/openid/conformance.test.ts", title];
const clocks = (title: string): Shown => ["unit/openid/clocks.test.ts", title];
const login = (title: string): Shown => ["integration/login.test.ts", title];
const streams = (title: string): Shown => ["unit/shared-signals/streams.test.ts", title];
const poll = (title: string): Shown => ["unit/shared-signals/poll.test.ts", title];
const backchannel = (title: string): Shown => ["integration/backchannel.test.ts", title];
const tokens = (title: string): Shown => ["unit/openid/token-endpoint.test.ts", title];
const oidc = (title: string): Shown => ["integration/oidc-login.test.ts", title];

const stolenCode = login("fail/a stolen code without the DPoP key or the verifier, and a code used twice");
const mixedUp = login("fail/mixed up: a code of one party at another");
const firstLogin = login("ok/PAR, PKCE, DPoP: the app link, one press");
const notConfirmed = login("fail/declined, or cancelled in the browser: the bank gets access_denied");
const noToken = streams("fail/without a token nothing is answered, whatever is asked");
const unknownStream = streams("fail/another party's stream is indistinguishable from not found");
const wrongShape = streams("fail/of another shape: %j");
const noProof = tokens("fail/without a proof of the sender's key, or with one for another address");
const wrongKey = tokens("fail/an unregistered client, and one that signs with another key");
const ownPlan = {
  en: "for a national profile that we do not have",
  ja: "当方が持たない国別プロファイルのためのもの",
};

const fapi: Plan = {
  title: { en: "FAPI 2.0 Security Profile", ja: "FAPI 2.0 Security Profile" },
  plan: "fapi2-security-profile-final-test-plan",
  prefix: "fapi2-security-profile-final-",
  about: {
    en: "The issuer `/openid`. Variants: `private_key_jwt`, `dpop`, `openid_connect`, `plain_fapi`, unsigned requests, plain responses.",
    ja: "発行者 `/openid`。バリアント：`private_key_jwt`、`dpop`、`openid_connect`、`plain_fapi`、署名なしの要求、plain の応答。",
  },
  groups: [
    {
      modules: ["discovery-end-point-verification"],
      result: "passes",
      by: [tokens("ok/%s: three grants, private_key_jwt, bound tokens, and nothing else")],
    },
    {
      modules: ["happy-flow", "ensure-dpopproof-at-par-endpoint-binding-success"],
      result: "passes",
      by: [firstLogin],
    },
    { modules: ["user-rejects-authentication"], result: "passes", by: [notConfirmed] },
    {
      modules: ["ensure-authorization-request-without-state-success"],
      result: "passes",
      by: [c("without-state")],
    },
    {
      modules: ["ensure-authorization-request-without-nonce-success"],
      result: "passes",
      by: [c("without-nonce")],
    },
    {
      modules: ["ensure-authorization-request-with-64-char-nonce-success"],
      result: "passes",
      by: [c("with-64-char-nonce")],
    },
    {
      modules: [
        "ensure-authorization-request-with-long-nonce",
        "ensure-authorization-request-with-long-state",
      ],
      result: "passes",
      by: [c("with-long-nonce"), c("with-long-state")],
    },
    { modules: ["ensure-other-scope-order-succeeds"], result: "passes", by: [c("ensure-other-scope-order")] },
    {
      modules: ["test-claims-parameter-identity-claims"],
      result: "passes",
      note: {
        en: "claims are given in `verified_claims` only, as far as the person's consent covers them",
        ja: "クレームは `verified_claims` でのみ、本人の同意の範囲で渡す",
      },
      by: [login("ok/attributes as far as the consent covers")],
    },
    {
      modules: ["access-token-type-header-case-sensitivity"],
      result: "passes",
      by: [c("ok/access-token-type-header-case-sensitivity")],
    },
    {
      modules: ["check-dpop-proof-nbf-exp", "ensure-dpopproof-with-iat-10seconds-after-succeeds"],
      result: "passes",
      by: [clocks("ok/a proof of %s"), clocks("bad/a proof with %s")],
    },
    {
      modules: ["ensure-dpopproof-with-iat-10seconds-before-succeeds"],
      result: "passes",
      by: [clocks("iat two minutes ago")],
    },
    {
      modules: ["ensure-mismatched-dpop-jkt-fails"],
      result: "passes",
      by: [c("fail/ensure-mismatched-dpop-jkt-fails")],
    },
    {
      modules: ["ensure-dpop-auth-code-binding-success"],
      result: "passes",
      by: [c("ok/ensure-dpop-auth-code-binding-success")],
    },
    {
      modules: [
        "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
        "ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
        "attempt-reuse-authorization-code-after-one-second",
        "ensure-pkce-code-verifier-required",
        "incorrect-pkce-code-verifier-rejected",
      ],
      result: "passes",
      by: [stolenCode],
    },
    {
      modules: [
        "ensure-different-nonce-inside-and-outside-request-object",
        "ensure-different-state-inside-and-outside-request-object",
        "state-only-outside-request-object-not-used",
      ],
      result: "passes",
      by: [c("ok/inside-and-outside-request-object")],
    },
    {
      modules: [
        "ensure-request-object-without-redirect-uri-fails",
        "ensure-redirect-uri-in-authorization-request",
      ],
      result: "passes",
      by: [c("ensure-redirect-uri-in-authorization-request")],
    },
    {
      modules: ["ensure-registered-redirect-uri", "plain-fapi-tolerate-unregistered-redirect-uri"],
      result: "passes",
      note: {
        en: "only registered addresses, compared exactly",
        ja: "登録済みのアドレスとの完全一致のみ",
      },
      by: [c("ensure-registered-redirect-uri")],
    },
    {
      modules: ["ensure-unsigned-authorization-request-without-using-par-fails"],
      result: "passes",
      by: [c("ensure-unsigned-authorization-request-without-using-par-fails")],
    },
    {
      modules: ["ensure-response-type-code-idtoken-fails", "ensure-response-type-token-fails"],
      result: "passes",
      by: [c("ensure-response-type-code-idtoken-fails"), c("ensure-response-type-token-fails")],
    },
    {
      modules: ["ensure-client-id-in-token-endpoint"],
      result: "passes",
      by: [c("fail/ensure-client-id-in-token-endpoint")],
    },
    { modules: ["ensure-holder-of-key-required"], result: "passes", by: [noProof] },
    { modules: ["ensure-authorization-code-is-bound-to-client"], result: "passes", by: [mixedUp] },
    {
      modules: ["ensure-token-endpoint-fails-with-expired-auth-code"],
      result: "gap",
      note: {
        en: "a code is valid for 60 seconds; no test waits for its end",
        ja: "コードの有効期間は 60 秒。満了まで待つ試験がない",
      },
    },
    {
      modules: ["ensure-signed-client-assertion-with-RS256-fails"],
      result: "passes",
      by: [c("fail/ensure-signed-client-assertion-with-RS256-fails")],
    },
    {
      modules: ["ensure-client-assertion-in-token-endpoint"],
      result: "passes",
      by: [tokens("fail/no assertion: a client id alone, or a secret")],
    },
    {
      modules: ["ensure-client-assertion-with-exp-is-5-minutes-in-past-fails"],
      result: "passes",
      by: [clocks("an end a minute ago")],
    },
    {
      modules: ["ensure-client-assertion-with-wrong-aud-fails", "ensure-client-assertion-with-no-sub-fails"],
      result: "passes",
      by: [c("with-wrong-aud"), c("with-no-sub")],
    },
    {
      modules: ["dpop-negative-tests"],
      result: "passes",
      by: [
        ["unit/openid/party-token.test.ts", "fail/a second time"],
        ["unit/openid/party-token.test.ts", "fail/signed by another key than the one it shows"],
        ["unit/openid/party-token.test.ts", "fail/by another key than the token is bound to"],
      ],
    },
    {
      modules: ["refresh-token"],
      result: "not applicable",
      note: { en: "no refresh tokens are issued", ja: "リフレッシュトークンは発行しない" },
      by: [firstLogin],
    },
    {
      modules: ["par-ensure-reused-request-uri-prior-to-auth-completion-succeeds"],
      result: "passes",
      by: [c("ok/ensure-reused-request-uri-prior-to-auth-completion-succeeds")],
    },
    {
      modules: ["par-attempt-reuse-request_uri"],
      result: "gap",
      note: {
        en: "a request URI is used up when the code is issued; no test tries it again after that",
        ja: "request URI はコードの発行で使用済みになる。その後に再び使う試験がない",
      },
    },
    {
      modules: ["par-attempt-to-use-expired-request_uri"],
      result: "passes",
      by: [c("fail/attempt-to-use-expired-request_uri")],
    },
    {
      modules: ["par-attempt-to-use-request_uri-for-different-client"],
      result: "passes",
      by: [c("fail/attempt-to-use-request_uri-for-different-client")],
    },
    {
      modules: [
        "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
        "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
      ],
      result: "passes",
      by: [clocks("nbf ten seconds ahead"), clocks("nbf 61 seconds ahead")],
    },
    {
      modules: ["par-authorization-request-containing-request_uri-form-param"],
      result: "passes",
      by: [c("containing-request_uri-form-param")],
    },
    {
      modules: ["par-attempt-invalid-http-method"],
      result: "passes",
      by: [c("fail/attempt-invalid-http-method")],
    },
    {
      modules: ["par-ensure-pkce-required", "par-plain-pkce-rejected"],
      result: "passes",
      by: [c("ensure-pkce-required"), c("plain-pkce-rejected")],
    },
    {
      modules: ["par-without-duplicate-parameters"],
      result: "passes",
      by: [c("par-without-duplicate-parameters")],
    },
    {
      modules: [
        "par-test-array-as-audience-fails",
        "par-test-par-endpoint-url-as-audience-fails",
        "par-test-token-endpoint-url-as-audience-fails",
      ],
      result: "passes",
      by: [c("array-as-audience"), c("par-endpoint-url-as-audience"), c("token-endpoint-url-as-audience")],
    },
    {
      modules: [
        "australia-connectid-ensure-invalid-purpose-fails",
        "australia-connectid-test-claims-parameter-idtoken-identity-claims",
        "brazil-ensure-bad-payment-signature-fails",
        "ensure-server-handles-non-matching-intent-id",
        "test-essential-acr-sca-claim",
      ],
      result: "not applicable",
      note: ownPlan,
    },
  ],
};

const basic: Plan = {
  title: { en: "OpenID Connect Basic OP", ja: "OpenID Connect Basic OP" },
  plan: "oidcc-basic-certification-test-plan",
  prefix: "oidcc-",
  about: {
    en: "The issuer `/oidc`, with `private_key_jwt` and statically registered clients. The plan cannot be passed as it is: most of its modules send no PKCE, which we require, and some no `nonce`. The table says what each module is answered with PKCE added.",
    ja: "発行者 `/oidc`。`private_key_jwt` と静的に登録したクライアントを使う。このプランはそのままでは合格できない：大半のモジュールは、当方が必須とする PKCE を送らず、一部は `nonce` も送らない。表は、PKCE を加えた場合の応答を示す。",
  },
  groups: [
    {
      modules: ["server", "idtoken-signature", "ensure-request-with-valid-pkce-succeeds"],
      result: "passes",
      note: { en: "ID tokens are signed with RS256 by default", ja: "ID トークンの署名は既定で RS256" },
      by: [oidc("ok/an ordinary library logs a person in")],
    },
    { modules: ["response-type-missing"], result: "passes", by: [c("oidcc-response-type-missing")] },
    {
      modules: ["idtoken-unsigned"],
      result: "not applicable",
      note: { en: "unsigned ID tokens do not exist", ja: "署名のない ID トークンはない" },
      by: [["unit/openid/oidc-issuer.test.ts", "ok/each issuer says what is true of it"]],
    },
    {
      modules: ["userinfo-get"],
      result: "passes",
      by: [oidc("ok/attributes by scope at UserInfo")],
    },
    {
      modules: ["userinfo-post-header", "userinfo-post-body"],
      result: "gap",
      note: {
        en: "the library answers POST at UserInfo; no test of ours sends it",
        ja: "UserInfo への POST はライブラリが応答するが、当方の試験は送らない",
      },
    },
    {
      modules: ["ensure-request-without-nonce-succeeds-for-code-flow"],
      result: "differs",
      note: {
        en: "`invalid_request`: `state` and `nonce` are required, so that each answer is bound to one browser",
        ja: "`invalid_request`：応答を一つのブラウザーに結び付けるため、`state` と `nonce` を必須とする",
      },
      by: [c("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")],
    },
    {
      modules: ["scope-profile", "scope-email", "scope-phone", "scope-all"],
      result: "passes",
      note: {
        en: "unknown scopes are ignored, and give no claims: a warning in the suite. The scopes are `name`, `address`, `birthdate`, `gender`",
        ja: "未知のスコープは無視し、クレームを渡さない（スイートでは警告）。スコープは `name`、`address`、`birthdate`、`gender`",
      },
      by: [c("oidcc-scope-profile, oidcc-scope-email, oidcc-scope-phone")],
    },
    {
      modules: ["scope-address", "claims-essential"],
      result: "passes",
      note: {
        en: "as far as the person's consent covers it; otherwise without the claim",
        ja: "本人の同意の範囲で渡す。範囲外ならそのクレームなしで応答する",
      },
      by: [oidc("ok/attributes by scope at UserInfo"), c("oidcc-claims-essential")],
    },
    { modules: ["alternate-happy-flow"], result: "passes", by: [c("oidcc-alternate-happy-flow")] },
    {
      modules: ["display-page", "display-popup", "ui-locales", "claims-locales", "login-hint"],
      result: "passes",
      note: {
        en: "accepted; the page follows the browser's language, and persons cannot be named",
        ja: "受け付ける。画面の言語はブラウザーに従い、人を指定することはできない",
      },
      by: [
        c("oidcc-display-page"),
        c("oidcc-display-popup"),
        c("oidcc-ui-locales"),
        c("oidcc-claims-locales"),
        c("oidcc-login-hint"),
      ],
    },
    {
      modules: ["prompt-login", "max-age-1"],
      result: "passes",
      note: {
        en: "every login is confirmed on the phone anew",
        ja: "どのログインも、毎回スマートフォンで確認する",
      },
      by: [c("oidcc-prompt-login"), c("oidcc-max-age-1")],
    },
    {
      modules: ["prompt-none-not-logged-in"],
      result: "passes",
      by: [c("oidcc-prompt-none-not-logged-in")],
    },
    {
      modules: ["prompt-none-logged-in", "id-token-hint"],
      result: "differs",
      note: {
        en: "`login_required`: there is no session, and no login succeeds without confirmation on the phone",
        ja: "`login_required`：セッションはなく、スマートフォンで押さずにログインすることはない",
      },
      by: [c("oidcc-prompt-none-not-logged-in")],
    },
    {
      modules: ["max-age-10000"],
      result: "differs",
      note: {
        en: "the person is asked again, for the same reason; `auth_time` is always there",
        ja: "同じ理由で、再び本人に確認する。`auth_time` は常に含まれる",
      },
      by: [c("oidcc-max-age-10000")],
    },
    {
      modules: ["ensure-request-with-unknown-parameter-succeeds"],
      result: "passes",
      by: [c("oidcc-ensure-request-with-unknown-parameter-succeeds")],
    },
    {
      modules: ["ensure-request-with-acr-values-succeeds"],
      result: "passes",
      by: [c("oidcc-ensure-request-with-acr-values-succeeds")],
    },
    {
      modules: ["codereuse", "codereuse-30seconds"],
      result: "passes",
      note: {
        en: "both issuers share this code; the test is the other one's",
        ja: "二つの発行者に共通の処理。試験はもう一方の発行者のもの",
      },
      by: [stolenCode],
    },
    {
      modules: ["ensure-registered-redirect-uri"],
      result: "passes",
      by: [c("fail/oidcc-ensure-registered-redirect-uri")],
    },
    {
      modules: ["ensure-post-request-succeeds"],
      result: "passes",
      by: [c("ok/oidcc-ensure-post-request-succeeds")],
    },
    {
      modules: ["server-client-secret-post"],
      result: "not applicable",
      note: { en: "there are no client secrets", ja: "クライアントシークレットはない" },
      by: [tokens("fail/no assertion: a client id alone, or a secret")],
    },
    {
      modules: [
        "request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        "unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        "ensure-request-object-with-redirect-uri",
      ],
      result: "passes",
      note: {
        en: "refused as unsupported",
        ja: "対応していないものとして拒否する",
      },
      by: [c("oidcc-request-uri-unsigned"), c("oidcc-unsigned-request-object")],
    },
    {
      modules: ["refresh-token"],
      result: "not applicable",
      note: { en: "no refresh tokens are issued", ja: "リフレッシュトークンは発行しない" },
      by: [oidc("ok/an ordinary library logs a person in")],
    },
  ],
};

const ciba: Plan = {
  title: { en: "FAPI-CIBA", ja: "FAPI-CIBA" },
  plan: "fapi-ciba-id1-test-plan",
  prefix: "fapi-ciba-id1-",
  about: {
    en: "The back channel of `/openid` is CIBA Core 1.0 with the client authentication and DPoP of FAPI 2.0. The suite's only plan is for FAPI-CIBA, which is built on FAPI 1: signed requests and mutual TLS. The plan cannot be passed; the table says which of its modules hold for us.",
    ja: "`/openid` のバックチャネルは、FAPI 2.0 のクライアント認証と DPoP を伴う CIBA Core 1.0。スイートには FAPI 1 に基づく FAPI-CIBA のプラン（署名付き要求と相互 TLS）しかない。このプランには合格できない。表は、どのモジュールが当方に当てはまるかを示す。",
  },
  groups: [
    {
      modules: ["discovery-end-point-verification"],
      result: "differs",
      note: {
        en: "no signing algorithms of requests, no mutual TLS",
        ja: "要求の署名アルゴリズムと相互 TLS はない",
      },
      by: [tokens("ok/%s: three grants, private_key_jwt, bound tokens, and nothing else")],
    },
    {
      modules: [""],
      result: "passes",
      note: {
        en: "the module with the plan's name: a login by poll and by ping; tokens are bound by DPoP, not by a certificate",
        ja: "プラン名のモジュール：poll と ping によるログイン。トークンは証明書ではなく DPoP で拘束する",
      },
      by: [
        backchannel("ok/the bank's server asks, the person picks the number"),
        backchannel("ok/the bank is pinged with its own token"),
      ],
    },
    {
      modules: ["user-rejects-authentication"],
      result: "passes",
      by: [backchannel("fail/declined, and a wrong number: access_denied")],
    },
    {
      modules: ["ensure-authorization-request-with-binding-message-succeeds"],
      result: "differs",
      note: {
        en: "a message must end with two digits, which the party's screen shows",
        ja: "メッセージの末尾は、相手先の画面に表示する二桁の数字でなければならない",
      },
      by: [backchannel("ok/the bank's server asks"), backchannel("fail/a binding message with %s")],
    },
    {
      modules: ["ensure-authorization-request-with-potentially-bad-binding-message"],
      result: "passes",
      by: [backchannel("fail/a binding message with %s")],
    },
    {
      modules: [
        "multiple-call-to-token-endpoint",
        "auth-req-id-expired",
        "ensure-other-scope-order-succeeds",
        "ensure-requested-expiry-as-string-succeeds",
        "ensure-wrong-auth-req-id-in-token-endpoint-request",
        "ensure-authorization-request-with-multiple-hints-fails",
        "ping-backchannel-notification-endpoint-response-has-body",
        "ping-backchannel-notification-endpoint-response-401",
        "ping-backchannel-notification-endpoint-response-403",
        "ping-backchannel-notification-endpoint-return-redirect-request",
      ],
      result: "gap",
      note: {
        en: "answered by the library and by the outbound guard; no test of ours is about it",
        ja: "ライブラリと外向き通信の保護が応答するが、当方の試験がない",
      },
    },
    {
      modules: [
        "ensure-wrong-client-id-in-token-endpoint-request",
        "ensure-wrong-client-id-in-backchannel-authorization-request",
      ],
      result: "passes",
      by: [wrongKey, c("fail/ensure-client-id-in-token-endpoint")],
    },
    {
      modules: [
        "ensure-without-client-assertion-in-token-endpoint-request",
        "ensure-without-client-assertion-in-backchannel-authorization-request",
      ],
      result: "passes",
      by: [tokens("fail/no assertion: a client id alone, or a secret")],
    },
    {
      modules: [
        "ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails",
        "ensure-client-assertion-signature-algorithm-in-token-endpoint-request-is-RS256-fails",
      ],
      result: "passes",
      by: [c("fail/ensure-signed-client-assertion-with-RS256-fails")],
    },
    {
      modules: ["ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds"],
      result: "passes",
      by: [clocks("ok/an assertion of %s")],
    },
    {
      modules: [
        "ensure-request-object-missing-aud-fails",
        "ensure-request-object-bad-aud-fails",
        "ensure-request-object-missing-iss-fails",
        "ensure-request-object-bad-iss-fails",
        "ensure-request-object-missing-exp-fails",
        "ensure-request-object-expired-exp-fails",
        "ensure-request-object-exp-is-70-minutes-in-future-fails",
        "ensure-request-object-missing-iat-fails",
        "ensure-request-object-missing-nbf-fails",
        "ensure-request-object-nbf-is-10-minutes-in-future-fails",
        "ensure-request-object-nbf-is-70-minutes-in-past-fails",
        "ensure-request-object-missing-jti-fails",
        "ensure-request-object-signature-algorithm-is-none-fails",
        "ensure-request-object-signature-algorithm-is-bad-fails",
        "ensure-request-object-signature-algorithm-is-RS256-fails",
        "ensure-request-object-signed-by-other-client-fails",
        "ensure-different-client-id-and-issuer-in-backchannel-authorization-request",
        "ensure-unsigned-backchannel-authorization-request-fails",
      ],
      result: "not applicable",
      note: {
        en: "there are no signed requests: the client's assertion and proof authenticate them",
        ja: "署名付き要求はない：クライアントのアサーションと proof が要求を認証する",
      },
    },
    {
      modules: [
        "ensure-mtls-holder-of-key-required",
        "ping-with-mtls-ciba-notification-endpoint-response-401-and-require-server-does-not-retry",
      ],
      result: "not applicable",
      note: { en: "DPoP takes the place of mutual TLS", ja: "相互 TLS の代わりに DPoP を使う" },
      by: [noProof],
    },
    {
      modules: ["refresh-token"],
      result: "not applicable",
      note: { en: "no refresh tokens are issued", ja: "リフレッシュトークンは発行しない" },
    },
    {
      modules: [
        "brazil-discovery-end-point-verification",
        "ensure-requested-expiry-is-ignored-for-brazil",
        "connectid-…",
      ],
      result: "not applicable",
      note: ownPlan,
    },
  ],
};

const ssf: Plan = {
  title: { en: "Shared Signals transmitter", ja: "Shared Signals の送信側" },
  plan: "openid-ssf-transmitter-test-plan",
  prefix: "openid-ssf-",
  about: {
    en: "The transmitter at `/ssf`. The suite's receiver sends bearer tokens; ours are bound by DPoP, so that it needs a client that adds the proof.",
    ja: "`/ssf` の送信側。スイートの受信側は Bearer トークンを送るが、当方のトークンは DPoP で拘束されるため、proof を加えるクライアントが要る。",
  },
  groups: [
    {
      modules: ["transmitter-metadata"],
      result: "passes",
      by: [streams("ok/publishes its metadata to anybody")],
    },
    {
      modules: ["stream-control-happy-path"],
      result: "passes",
      by: [
        streams("ok/created with push; the header is kept sealed"),
        streams("ok/patched: what is not named stays"),
        streams("ok/replaced: what is not named goes"),
        streams("ok/paused with a reason, and enabled again"),
        streams("ok/deleted, and another made"),
      ],
    },
    {
      modules: [
        "stream-control-error-create-stream-with-broken-input",
        "stream-control-error-update-stream-with-invalid-body",
        "stream-control-error-replace-stream-with-invalid-body",
      ],
      result: "passes",
      by: [wrongShape],
    },
    {
      modules: [
        "stream-control-error-create-stream-with-invalid-token",
        "stream-control-error-read-stream-with-invalid-token",
        "stream-control-error-update-stream-with-invalid-token",
        "stream-control-error-replace-stream-with-invalid-token",
        "stream-control-error-delete-stream-with-invalid-token",
      ],
      result: "passes",
      by: [noToken],
    },
    {
      modules: ["stream-control-error-create-stream-with-duplicate-config"],
      result: "passes",
      by: [streams("fail/a second one, also when both are asked for at once")],
    },
    {
      modules: [
        "stream-control-error-read-unknown-stream",
        "stream-control-error-update-unknown-stream",
        "stream-control-error-replace-unknown-stream",
        "stream-control-error-delete-unknown-stream",
      ],
      result: "passes",
      by: [unknownStream],
    },
    {
      modules: ["stream-subject-control"],
      result: "passes",
      note: {
        en: "the subjects of a stream follow from persons' consents; about a removed one nothing is transmitted",
        ja: "ストリームの対象者は本人の同意で決まる。除いた対象者のイベントは送らない",
      },
      by: [
        [
          "unit/shared-signals/framework.test.ts",
          "ok/§8.1.3.3: about a removed person nothing is transmitted; added again, what happens then is",
        ],
      ],
    },
    {
      modules: ["transmitter-stream-verification-push"],
      result: "passes",
      by: [["integration/shared-signals.test.ts", "ok/pushed, with the party's own header"]],
    },
    {
      modules: ["transmitter-stream-verification-error-push-no-auth"],
      result: "gap",
      note: {
        en: "without a registered header none is sent; no test looks at that",
        ja: "ヘッダーの登録がなければ送らない。それを見る試験がない",
      },
    },
    {
      modules: [
        "transmitter-stream-verification-poll-only",
        "transmitter-stream-verification-poll-and-ack",
        "transmitter-stream-verification-ack-only",
      ],
      result: "passes",
      by: [
        ["integration/shared-signals.test.ts", "ok/polled: a verification event, signed by a published key"],
        poll("ok/only acknowledging asks for none"),
      ],
    },
    {
      modules: ["transmitter-stream-caep-interop"],
      result: "differs",
      note: {
        en: "of the plan `openid-ssf-transmitter-caep-test-plan`: `credential-change` is sent; there is no session, so no `session-revoked`",
        ja: "プラン `openid-ssf-transmitter-caep-test-plan` のもの：`credential-change` は送る。セッションはないので `session-revoked` はない",
      },
    },
  ],
};

export const plans: readonly Plan[] = [fapi, basic, ciba, ssf];
