import Fastify, { type FastifyInstance } from "fastify";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { allowInsecureRequests, type Configuration, discovery } from "openid-client";
import type { ConsoleDeps } from "../../../gateway/console/console.ts";
import { consoleRoutes } from "../../../gateway/console/routes.ts";
import { useCookies } from "../../../gateway/cookie.ts";
import { onError } from "../../../gateway/problems.ts";
import type { OperatorKey } from "../../../protocol/approval.ts";
import { type OperatorLogin, startOperatorLogin } from "../../../simulators/operator-login/server.ts";
import { issuer, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { Browser } from "./browser.ts";

const operators = {
  vera: ["viewer"],
  olga: ["operator"],
  otto: ["operator", "approver"],
  anna: ["approver"],
  axel: ["approver"],
  ada: ["auditor"],
  nobody: [],
  stranger: ["admin"],
};

/** The console on a real Postgres, with operators at a provider of their own. Its clock can be put forward. */
export class ConsoleWorld {
  readonly registry: TestRegistry;
  readonly login: OperatorLogin;
  readonly url: string;
  readonly keys: Awaited<ReturnType<typeof newKey>>[];
  /** What was handed over again. */
  readonly transmitted: string[] = [];
  /** How far the console's clock is ahead, milliseconds. */
  ahead = 0;
  readonly #server: FastifyInstance;

  private constructor(
    parts: Pick<ConsoleWorld, "registry" | "login" | "url" | "keys">,
    server: FastifyInstance,
  ) {
    this.registry = parts.registry;
    this.login = parts.login;
    this.url = parts.url;
    this.keys = parts.keys;
    this.#server = server;
  }

  /**
   * @param replaced parts of the console in place of the usual
   * @param prepare what the server has before the console's addresses
   */
  static async start(
    replaced: Partial<ConsoleDeps> = {},
    prepare: (server: FastifyInstance) => Promise<void> = async () => {},
  ): Promise<ConsoleWorld> {
    const registry = await startTestRegistry();
    const keys = await Promise.all(["Akira", "Botan"].map(newKey));
    const server = Fastify({ forceCloseConnections: true });
    server.setErrorHandler(onError);
    await prepare(server);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const client = {
      id: "console",
      secret: "a-secret-of-the-test-setting-only",
      redirectUris: [`${url}/console/callback`],
    };
    const login = await startOperatorLogin({ client, operators });
    let provider: Promise<Configuration> | undefined;
    const world = new ConsoleWorld({ registry, login, url, keys }, server);
    await useCookies(server);
    consoleRoutes(server, {
      pool: registry.pool,
      sealer,
      issuer,
      secret: new Uint8Array(32),
      clock: () => new Date(Date.now() + world.ahead),
      certificate: { reread: async () => {}, startCampaign: async () => {} },
      consent: { change: async () => ({ kind: "unanswered" }) },
      answerMs: 1_000,
      log: { warn: () => {} },
      operatorRule: { operators: keys.map(({ operator }) => operator), needed: 2 },
      notification: { transmit: async (jti) => void world.transmitted.push(jti) },
      settings: {
        origin: url,
        roles: { claim: "roles", subjects: {} },
        sessionSeconds: 600,
        temporalUi: { url: "http://temporal.example", namespace: "kazasu" },
        countsMs: 50,
      },
      provider: () =>
        (provider ??= discovery(new URL(login.issuer), client.id, client.secret, undefined, {
          execute: [allowInsecureRequests],
        })),
      generations: async () => [],
      lastCheckpoint: async () => undefined,
      pageFolder: undefined,
      ...replaced,
    });
    await server.listen({ host: "127.0.0.1", port });
    return world;
  }

  /** A browser of somebody who is logged in. */
  async as(name: string): Promise<Browser> {
    const browser = new Browser(this.url);
    await browser.logIn(name);
    return browser;
  }

  /** Details of the audit lines of an act on a subject. */
  async lines(act: string, subject: string): Promise<Record<string, unknown>[]> {
    const { rows } = await this.registry.pool.query<{ detail: Record<string, unknown> }>(
      "select detail from audit_lines where act = $1 and subject = $2 order by id",
      [act, subject],
    );
    return rows.map(({ detail }) => detail);
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.login.close();
    await this.registry.close();
  }
}

async function freePort(): Promise<number> {
  const probe = Fastify();
  const address = await probe.listen({ host: "127.0.0.1", port: 0 });
  await probe.close();
  return Number(new URL(address).port);
}

async function newKey(name: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint({ kty: kty!, crv: crv!, x: x!, y: y! });
  return { operator: { name, jwk: { kty, crv, x, y, kid } } as OperatorKey, key: { kid, privateKey } };
}
