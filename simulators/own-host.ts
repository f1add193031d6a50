import type { IncomingMessage } from "node:http";

/**
 * Whether a request was sent to this machine by its own name, and by no other site's page: a name of another site that its
 * DNS points here is another `Host`, a script or form of another site brings its `Origin`. A request without a connection
 * was made in this process.
 */
export function isFromHere({ headers, socket }: Pick<IncomingMessage, "headers" | "socket">): boolean {
  const { localAddress, localPort } = socket;
  if (localPort === undefined) return true;
  const names = ["127.0.0.1", "localhost", "[::1]", ...(localAddress === undefined ? [] : [localAddress])];
  const here = names.map((name) => `${name}:${localPort}`);
  const host = headers.host?.toLowerCase() ?? "";
  // Some programs leave the port out; browsers never do.
  const isOwnHost = here.includes(host) || names.includes(host);
  return (
    isOwnHost && (headers.origin === undefined || here.some((own) => headers.origin === `http://${own}`))
  );
}

/** The answer to requests of other hosts. */
export const notFromHere = {
  error: "NOT_FROM_HERE",
  message: "This simulator answers its own machine alone: by its own host name, and to no other site's page.",
  next: "Ask it as 127.0.0.1 or localhost.",
} as const;
