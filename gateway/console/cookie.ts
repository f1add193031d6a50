/** `__Host-` binds a cookie to this host, to `/`, and to a secure connection (RFC 6265bis §4.1.3.2). */
export const cookieNames = {
  login: "__Host-kazasu-login",
  session: "__Host-kazasu-session",
  known: "__Host-kazasu-known",
} as const;
