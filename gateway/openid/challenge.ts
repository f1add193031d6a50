/** What a protected resource answers to a token that it does not accept (RFC 6750 §3, RFC 9449 §7.1). */
export interface Challenge {
  scheme: "Bearer" | "DPoP";
  /** The protection space of a Bearer challenge. */
  realm: string;
  /** Absent if the request had no token (RFC 6750 §3.1). */
  error?: string | undefined;
  description?: string | undefined;
  /** The scope that is required. */
  scope?: string | undefined;
}

/** The value of `WWW-Authenticate`. */
export function challengeHeader({ scheme, realm, error, description, scope }: Challenge): string {
  const parameters = Object.entries({
    ...(scheme === "Bearer" ? { realm } : {}),
    error,
    error_description: description,
    scope,
    ...(scheme === "DPoP" ? { algs: "ES256" } : {}),
  });
  const texts = parameters.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${value}"`]));
  return `${scheme} ${texts.join(", ")}`;
}
