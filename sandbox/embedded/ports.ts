import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the ephemeral port ranges (Linux 32768+, macOS and IANA 49152+): a port chosen here is not used by an outgoing
// connection before its server binds it, and is likely free again after a restart.
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 200;

/** Whether a TCP port can be bound on the loopback address now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A free loopback port.
 * @param preferred used if it is free: the port of the last run
 * @param taken ports reserved for others; the returned one is added
 * @throws Error if none is free
 */
export async function choosePort(preferred: number | undefined, taken: Set<number>): Promise<number> {
  for (let attempt = 0; attempt <= TRIES; attempt += 1) {
    const port = attempt === 0 && preferred !== undefined ? preferred : randomInt(FIRST, LAST);
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free TCP port was found on 127.0.0.1 in ${TRIES} tries: end what occupies them.`);
}
