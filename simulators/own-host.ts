import type { IncomingMessage } from "node:http";

/**
 * Whether a request was sent to this machine by its own name, and not by another site's page: a foreign name that resolves to
 * this machine has another `Host`, and a script or form of another site sends its `Origin`. A request without a connection was
 * made in this process.
 */
export function isFromHere({ headers, socket }: Pick<IncomingMessage, "headers" | "socket">): boolean {
  const { localAddress, localPort } = socket;
  if (localPort === undefined) return true;
  const names = ["127.0.0.1", "localhost", "[::1]", ...(localAddress === undefined ? [] : [localAddress])];
  const here = names.map((name) => `${name}:${localPort}`);
  const host = headers.host?.toLowerCase() ?? "";
  // Some programs omit the port; browsers never do.
  const isOwnHost = here.includes(host) || names.includes(host);
  return (
    isOwnHost && (headers.origin === undefined || here.some((own) => headers.origin === `http://${own}`))
  );
}

/** The answer to requests for other hosts. */
export const notFromHere = {
  error: "NOT_FROM_HERE",
  message: "This simulator answers only its own machine, by its own host name, and not another site's page.",
  next: "Use 127.0.0.1 or localhost.",
} as const;
