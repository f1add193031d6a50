/** What a request's cookies say. */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim().split(/=(.*)/s));
  return new Map(pairs.map(([name = "", value = ""]) => [name, value]));
}

/** A cookie for the bank's online pages alone, which no script reads. One without a value ends. */
export function cookie(name: string, value: string, seconds: number): string {
  // Lax: the browser comes back from the CA, which is another site, with what it had when it left.
  return `${name}=${value}; Path=/online; HttpOnly; SameSite=Lax; Max-Age=${value === "" ? 0 : seconds}`;
}
