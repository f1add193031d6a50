import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import type { Pool } from "pg";
import { consoleRoutes } from "../../gateway/console/routes.ts";
import { useCookies } from "../../gateway/cookie.ts";
import { onError } from "../../gateway/problems.ts";
import { addSession } from "../../registry/console/sessions.ts";
import { Sealer } from "../../registry/sealing.ts";

export interface Served {
  /** Calls the console's API, as an operator who is also an auditor. Throws Error on a refusal. */
  ask: (path: string) => Promise<{ cursor?: string }>;
  close(): Promise<void>;
}

/** The console's routes for a registry, over HTTP on this machine, with a session. */
export async function serve(pool: Pool): Promise<Served> {
  const server = Fastify();
  server.setErrorHandler(onError);
  await useCookies(server);
  consoleRoutes(server, {
    pool,
    sealer: new Sealer({ current: "k", keys: new Map([["k", randomBytes(32)]]) }),
    issuer: "bench",
    clock: () => new Date(),
    certificate: { reread: async () => {}, startCampaign: async () => {} },
    consent: { change: async () => ({ kind: "unanswered" }) },
    answerMs: 1_000,
    notification: { transmit: async () => {} },
    operatorRule: undefined,
    log: { warn: () => {} },
    provider: () => Promise.reject(new Error("Nobody logs in here.")),
    generations: async () => [],
    lastCheckpoint: async () => undefined,
    pageFolder: undefined,
    settings: {
      origin: "http://bench",
      roles: { claim: undefined, subjects: {} },
      sessionSeconds: 3_600,
      temporalUi: { url: "http://temporal", namespace: "kazasu" },
      countsMs: 1_000,
    },
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const token = randomBytes(32).toString("base64url");
  const who = { operator: "bench", roles: ["operator", "auditor"] };
  await addSession(pool, token, who, { now: new Date(), seconds: 36_000 });
  const headers = { cookie: `__Host-kazasu-session=${token}` };
  return {
    async ask(path) {
      const response = await fetch(`http://127.0.0.1:${port}/console/api${path}`, { headers });
      if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${await response.text()}`);
      return (await response.json()) as { cursor?: string };
    },
    close: () => server.close(),
  };
}
