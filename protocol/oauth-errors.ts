import type { IssuerName } from "./issuer.ts";

/**
 * Every OAuth error of the two OpenID issuers and of the resources for parties, as one closed list: where, with which HTTP status,
 * when, and what to do next, in English and Japanese. Names as registered (RFC 6749 §11.4, RFC 6750, RFC 9126, RFC 9396, RFC 9449,
 * OpenID Connect Core §3.1.2.6, CIBA Core §11 and §13, Core Error Code unmet_authentication_requirements).
 */

/**
 * Where an error occurs: the endpoints by their paths below the issuer, and the gateway's own resources for parties (`/ssf`,
 * `/v1`).
 */
export type OAuthEndpoint = "auth" | "request" | "token" | "backchannel" | "me" | "resources";

/** The form of the error response: an HTTP status, a redirect to the party, or a page in the browser. */
export type ErrorResponseForm = number | "redirect" | "page";

/** The entry of one error. */
export interface OAuthErrorEntry {
  at: Partial<Record<OAuthEndpoint, readonly ErrorResponseForm[]>>;
  /** The only issuer that has it; both without. */
  only?: IssuerName;
  when: { en: string; ja: string };
  next: { en: string; ja: string };
}

const entry = (
  at: OAuthErrorEntry["at"],
  [when, next]: readonly [string, string],
  [whenJa, nextJa]: readonly [string, string],
  only?: IssuerName,
): OAuthErrorEntry => ({
  at,
  ...(only === undefined ? {} : { only }),
  when: { en: when, ja: whenJa },
  next: { en: next, ja: nextJa },
});

/** Every OAuth error that a party may meet. */
export const oauthErrors = {
  invalid_request: entry(
    { auth: ["redirect"], request: [400, 405], token: [400, 405], backchannel: [400, 405], me: [400, 405] },
    [
      "A parameter is missing, has a wrong value or occurs twice; or the method or the media type is wrong.",
      "Correct what error_description names. Send forms by POST; the field Allow lists the methods.",
    ],
    [
      "パラメーターがない、値が正しくない、または重複しています。メソッドやメディアタイプの誤りもこのエラーになります。",
      "error_description が示す箇所を直してください。フォームは POST で送ります。使えるメソッドは Allow ヘッダーにあります。",
    ],
  ),
  invalid_client: entry(
    { auth: ["page"], request: [401], token: [401], backchannel: [401] },
    [
      "The client is unknown here or belongs to the other issuer, or its assertion is missing or wrong: aud, exp, alg, kid, signature, or a jti that was used before.",
      "Make a new assertion for every request. The gateway's log gives the reason; in the test setting error_description does too.",
    ],
    [
      "クライアントが未登録か、もう一方の発行者（issuer）のものです。または、アサーションがないか、aud、exp、alg、kid、署名に誤りがあるか、jti が使用済みです。",
      "要求ごとに新しいアサーションを作成してください。理由はゲートウェイのログにあり、テスト設定では error_description にも示されます。",
    ],
  ),
  invalid_grant: entry(
    { token: [400] },
    [
      "The code or auth_req_id is unknown, expired, used or of another client, or code_verifier or redirect_uri does not match.",
      "Start the login again. Use a code once, within a minute, with the code_verifier and redirect_uri of its request.",
    ],
    [
      "認可コードまたは auth_req_id が不明、期限切れ、使用済み、または別のクライアントのものです。code_verifier や redirect_uri の不一致もこのエラーになります。",
      "ログインをやり直してください。コードは1分以内に1回だけ、要求時の code_verifier と redirect_uri とともに使えます。",
    ],
  ),
  unauthorized_client: entry(
    { request: [400], token: [400], backchannel: [400] },
    [
      "The client is not registered for this grant or response type.",
      "Have the operator register it with a redirect address or a back channel.",
    ],
    [
      "クライアントは、この方式（grant_type、response_type）に登録されていません。",
      "リダイレクト先またはバックチャネルの登録を運用者に依頼してください。",
    ],
  ),
  unsupported_grant_type: entry(
    { token: [400] },
    [
      "The issuer does not have this grant; tokens for a party's own server are at /openid only.",
      "Use a grant from the issuer's metadata.",
    ],
    [
      "この発行者にはない grant_type です。相手先のサーバー自身のトークンは /openid だけで取得できます。",
      "発行者のメタデータにある grant_type を使ってください。",
    ],
  ),
  unsupported_response_type: entry(
    { auth: ["redirect"], request: [400] },
    ["The response_type is not code.", "Use the code flow with PKCE."],
    ["response_type が code ではありません。", "PKCE を使う認可コードフローにしてください。"],
  ),
  unsupported_response_mode: entry(
    { auth: ["redirect"], request: [400] },
    ["The issuer does not have this response_mode.", "Omit it, or use query or form_post."],
    ["この発行者にはない response_mode です。", "省略するか、query または form_post を使ってください。"],
  ),
  invalid_scope: entry(
    { auth: ["redirect"], request: [400], token: [400], backchannel: [400] },
    [
      "A scope is neither offered here nor one of OpenID Connect's own (profile, email, phone, offline_access), which are ignored.",
      "Request scopes of the issuer's metadata only.",
    ],
    [
      "提供していない scope が含まれています。OpenID Connect が定める profile、email、phone、offline_access は無視され、エラーになりません。",
      "発行者のメタデータにある scope だけを指定してください。",
    ],
  ),
  invalid_target: entry(
    { token: [400] },
    ["The resource is not this gateway.", "Omit resource."],
    ["resource がこのゲートウェイではありません。", "resource を省略してください。"],
    "openid",
  ),
  invalid_authorization_details: entry(
    { request: [400], backchannel: [400] },
    [
      "The authorization_details are not one transaction of the registered type.",
      "Correct them by docs/reference/transactions.md.",
    ],
    [
      "authorization_details が、登録された形式の1件の取引ではありません。",
      "docs/reference/transactions.ja.md に従って直してください。",
    ],
    "openid",
  ),
  invalid_dpop_proof: entry(
    { request: [400], token: [400], backchannel: [400], me: [401], resources: [401] },
    [
      "The DPoP proof is missing, too old, in the future, used before, or for another method, URL, token or key.",
      "Make a new proof for every request, with the key of the token, and check the clock.",
    ],
    [
      "DPoP 証明がない、古い、未来の時刻である、使用済みである、または別のメソッド、URL、トークン、鍵に対するものです。",
      "要求ごとに、トークンと同じ鍵で新しい証明を作成してください。時計も確認してください。",
    ],
    "openid",
  ),
  invalid_token: entry(
    { me: [401], resources: [401] },
    [
      "The access token is unknown, expired, of the other issuer, or for another endpoint.",
      "Get a new token of this issuer. A login's token is for UserInfo, a server's own token for the resources.",
    ],
    [
      "アクセストークンが不明、期限切れ、もう一方の発行者のもの、または別のエンドポイント用です。",
      "この発行者から新しいトークンを取得してください。ログインのトークンは UserInfo 用、サーバー自身のトークンはリソース用です。",
    ],
  ),
  insufficient_scope: entry(
    { me: [403], resources: [403] },
    ["The token does not have the scope that WWW-Authenticate names.", "Get a token with this scope."],
    [
      "WWW-Authenticate が示す scope がトークンにありません。",
      "その scope を指定してトークンを取得してください。",
    ],
  ),
  invalid_redirect_uri: entry(
    { auth: ["page"] },
    [
      "The redirect_uri is not registered for the client. A pushed request gets invalid_request.",
      "Send a registered address, character by character the same.",
    ],
    [
      "redirect_uri がクライアントに登録されていません。プッシュされた要求では invalid_request になります。",
      "登録されたアドレスと1文字も違わないものを送ってください。",
    ],
  ),
  invalid_request_uri: entry(
    { auth: ["page"] },
    [
      "The request_uri is unknown, older than a minute, or was used.",
      "Push the request again, and send the browser at once.",
    ],
    [
      "request_uri が不明、1分を過ぎている、または使用済みです。",
      "要求をもう一度プッシュし、すぐにブラウザーを移動させてください。",
    ],
    "openid",
  ),
  request_not_supported: entry(
    { auth: ["redirect"], request: [400] },
    ["Request objects are not supported.", "Send the parameters themselves."],
    ["リクエストオブジェクト（request）には対応していません。", "パラメーターをそのまま送ってください。"],
  ),
  request_uri_not_supported: entry(
    { auth: ["redirect"], request: [400] },
    [
      "A request_uri that is not of a pushed request is not supported.",
      "At /openid push the request first; at /oidc send the parameters themselves.",
    ],
    [
      "プッシュされた要求のもの以外の request_uri には対応していません。",
      "/openid では先に要求をプッシュし、/oidc ではパラメーターをそのまま送ってください。",
    ],
  ),
  registration_not_supported: entry(
    { auth: ["redirect"], request: [400] },
    ["The parameter registration is not supported.", "Omit it: the operator registers clients."],
    [
      "registration パラメーターには対応していません。",
      "省略してください。クライアントは運用者が登録します。",
    ],
  ),
  login_required: entry(
    { auth: ["redirect"] },
    ["The request has prompt=none, and every login asks the person.", "Omit prompt=none."],
    ["prompt=none の要求です。ログインでは毎回本人の確認が必要です。", "prompt=none を省略してください。"],
  ),
  access_denied: entry(
    { auth: ["redirect"], token: [400] },
    [
      "The person declined, chose another number, or did not answer in time.",
      "Do not repeat by yourself; let the person start again.",
    ],
    [
      "本人が拒否したか、別の番号を選んだか、時間内に応答しませんでした。",
      "自動で繰り返さず、本人の操作でやり直してください。",
    ],
  ),
  unmet_authentication_requirements: entry(
    { auth: ["redirect"], request: [400], backchannel: [400] },
    [
      "An essential acr is unknown, or is the card at /oidc. The person was not asked.",
      "Request an acr of the issuer's metadata; the card at /openid.",
    ],
    [
      "必須（essential）の acr が未知の値か、/oidc でのカードの要求です。本人への確認は行われていません。",
      "発行者のメタデータにある acr を指定してください。カードは /openid で要求できます。",
    ],
  ),
  authorization_pending: entry(
    { token: [400] },
    ["The person has not decided yet.", "Ask again after five seconds or more."],
    ["本人がまだ応答していません。", "5秒以上おいて、もう一度問い合わせてください。"],
    "openid",
  ),
  expired_token: entry(
    { token: [400] },
    ["The auth_req_id has expired.", "Start again when the person wants it."],
    ["auth_req_id の有効期限が切れています。", "本人の希望に応じて初めからやり直してください。"],
    "openid",
  ),
  unknown_user_id: entry(
    { backchannel: [400] },
    [
      "The login_hint_token names no browser in which a person has logged in at this party, or the person has left.",
      "Log in with a redirect; its ID token has a new login_hint_token.",
    ],
    [
      "login_hint_token に対応する、この相手先でログインしたことのあるブラウザーがないか、本人の登録がありません。",
      "リダイレクトでログインしてください。その ID トークンに新しい login_hint_token があります。",
    ],
    "openid",
  ),
  invalid_binding_message: entry(
    { backchannel: [400] },
    [
      "The binding_message is not a text of up to 80 characters, a space and two digits.",
      "Send the text and the digits that your own page shows.",
    ],
    [
      "binding_message が、80文字以内のテキスト、空白、2桁の数字の形式ではありません。",
      "画面に表示しているテキストと数字を送ってください。",
    ],
    "openid",
  ),
  slow_down: entry(
    { backchannel: [429] },
    [
      "The person was asked recently and has not approved. The wait doubles each time.",
      "Wait for the time in Retry-After.",
    ],
    [
      "最近の確認に本人が応答していません。待ち時間は毎回2倍になります。",
      "Retry-After の時間だけ待ってください。",
    ],
    "openid",
  ),
  temporarily_unavailable: entry(
    {
      auth: [429, "page"],
      request: [429, 503],
      token: [429, 503],
      backchannel: [429, 503],
      me: [429, 503],
    },
    [
      "Too many requests of this client or address, or a service that is needed does not respond.",
      "Wait for the time in Retry-After.",
    ],
    [
      "このクライアントまたはアドレスからの要求が多すぎるか、必要なサービスが応答していません。",
      "Retry-After の時間だけ待ってください。",
    ],
  ),
  server_error: entry(
    { auth: ["page"], request: [500], token: [500], backchannel: [500], me: [500] },
    ["The failure is ours, and is in the gateway's log.", "Repeat later; if it persists, tell the operator."],
    [
      "当方の障害です。ゲートウェイのログに記録されています。",
      "後でもう一度試し、続く場合は運用者に連絡してください。",
    ],
  ),
} as const satisfies Record<string, OAuthErrorEntry>;

export type OAuthError = keyof typeof oauthErrors;
