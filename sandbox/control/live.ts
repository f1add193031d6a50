import type { FastifyInstance } from "fastify";
import type { World } from "../persons/world.ts";
import type { Happening, Happenings } from "./happenings.ts";

const bankEveryMs = 500;
const aliveEveryMs = 15_000;
const mostListeners = 64;

/**
 * `GET /live`: what happens, as server-sent events (HTML Standard §9.2). The bank is looked at by one loop for all, and only
 * while somebody listens. Returns what ends it.
 */
export function liveRoute(server: FastifyInstance, world: World): () => void {
  const { happenings } = world;
  const watching = setInterval(() => void lookAtBank(world), bankEveryMs);
  server.get("/live", (request, reply) => {
    if (happenings.listeners >= mostListeners) return reply.code(503).send();
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    raw.write("retry: 1000\n\n");
    const write = (happening: Happening) => raw.write(`data: ${JSON.stringify(happening)}\n\n`);
    const silence = happenings.listen(write);
    const alive = setInterval(() => raw.write(": alive\n\n"), aliveEveryMs);
    request.raw.once("close", () => {
      silence();
      clearInterval(alive);
    });
    return reply;
  });
  return () => clearInterval(watching);
}

const seen = new WeakMap<Happenings, string>();

/** The bank is a party of its own, which notifies nobody when its book has changed. */
async function lookAtBank({ happenings, bank }: World): Promise<void> {
  if (happenings.listeners === 0) return;
  const book = await bank.accounts().then(JSON.stringify, () => undefined);
  if (book === undefined || seen.get(happenings) === book) return;
  seen.set(happenings, book);
  happenings.emit({ kind: "bank" });
}
