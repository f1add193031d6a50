import type { FastifyInstance } from "fastify";
import type { World } from "../persons/world.ts";
import type { Happening, Happenings } from "./happenings.ts";

const bankEveryMs = 500;
const aliveEveryMs = 15_000;
const mostListeners = 64;

/**
 * `GET /live`: events as server-sent events (HTML Standard §9.2). One loop polls the bank for all listeners, and only while
 * there are any. Returns a function that stops it.
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

/** The bank is a separate party that sends no notification when its accounts change. */
async function lookAtBank({ happenings, bank }: World): Promise<void> {
  if (happenings.listeners === 0) return;
  const accounts = await bank.accounts().then(JSON.stringify, () => undefined);
  if (accounts === undefined || seen.get(happenings) === accounts) return;
  seen.set(happenings, accounts);
  happenings.emit({ kind: "bank" });
}
