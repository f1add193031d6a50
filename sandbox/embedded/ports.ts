import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
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

/** The UDP sockets that reserve this process's ports. */
const reservations = new Map<number, Socket>();

/**
 * Reserves a TCP port for this process by holding the UDP port of the same number: no other process chooses it before our server
 * binds it, and the system releases it when this process ends, however it ends.
 */
function reserve(port: number): Promise<boolean> {
  if (reservations.has(port)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => socket.close(() => resolve(false)));
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
      socket.unref();
      reservations.set(port, socket);
      resolve(true);
    });
  });
}

/**
 * A free loopback port, reserved for this process.
 * @param preferred used if it is free: the port of the last run
 * @param taken ports reserved for others; the returned one is added
 * @throws Error if none is free
 */
export async function choosePort(preferred: number | undefined, taken: Set<number>): Promise<number> {
  for (let attempt = 0; attempt <= TRIES; attempt += 1) {
    const port = attempt === 0 && preferred !== undefined ? preferred : randomInt(FIRST, LAST);
    if (taken.has(port)) continue;
    taken.add(port);
    if ((await isFree(port)) && (await reserve(port))) return port;
  }
  throw new Error(`No free TCP port was found on 127.0.0.1 in ${TRIES} tries: end what occupies them.`);
}
