/** Members and parameters whose values are secrets, or let somebody act for the party. */
const secrets: ReadonlySet<string> = new Set([
  "access_token",
  "auth_req_id",
  "authorization_header",
  "client_assertion",
  "code",
  "code_verifier",
  "id_token",
  "login_hint_token",
  "refresh_token",
  "request_uri",
]);
const kept = 12;

/** The beginning of a secret: enough to recognise it, of no use to anybody. */
export const shortened = (secret: string): string =>
  secret.length <= kept ? "…" : `${secret.slice(0, kept)}…`;

export const isSecret = (name: string): boolean => secrets.has(name);

/** `DPoP eyJh…`, `Bearer abc…`: the scheme whole, the credentials shortened. */
export function shortenedAuthorization(value: string): string {
  const [scheme = "", ...rest] = value.split(" ");
  return rest.length === 0 ? shortened(value) : `${scheme} ${shortened(rest.join(" "))}`;
}

/** A URL with its secret parameters shortened. */
export function shortenedUrl(url: URL): string {
  const query = [...url.searchParams].map(
    ([name, value]) =>
      `${encodeURIComponent(name)}=${isSecret(name) ? shortened(value) : encodeURIComponent(value)}`,
  );
  return `${url.origin === "null" ? "" : url.origin}${url.pathname}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

/** A JSON value with its secret members shortened, and with what each Security Event Token (RFC 8417) says. */
export function shortenedJson(value: unknown, name = ""): unknown {
  if (typeof value === "string") return isSecret(name) ? shortened(value) : value;
  if (Array.isArray(value)) return value.map((each) => shortenedJson(each, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      name === "sets" ? (claimsOf(inner) ?? inner) : shortenedJson(inner, key),
    ]),
  );
}

/** The claims of a JWT, unverified; undefined if it is none. */
export function claimsOf(token: unknown): Record<string, unknown> | undefined {
  const [, payload, signature] = typeof token === "string" ? token.split(".") : [];
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims)
      ? (claims as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
