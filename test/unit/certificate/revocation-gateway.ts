import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { ServiceError } from "@temporalio/client";
import Fastify, { type FastifyInstance } from "fastify";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { Gateway } from "../../../client/app/gateway.ts";
import type { OperatorRule } from "../../../domain/operation/approving.ts";
import { onError } from "../../../gateway/problems.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { operationsRoute } from "../../../gateway/routes/operations.ts";
import { revocationRoutes } from "../../../gateway/routes/revocations.ts";
import { type OperatorKey } from "../../../protocol/approval.ts";
import { issuer, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

/** The addresses by which certificates are revoked, on a real registry; what Temporal would be sent is written down. */

export let registry: TestRegistry;
let server: FastifyInstance;
export let gateway: Gateway;
let url: string;
export const approving = { rule: undefined as OperatorRule | undefined };
export let operators: { operator: OperatorKey; key: { kid: string; privateKey: CryptoKey } }[];
export const temporal = {
  isUnavailable: false,
  signalled: [] as string[],
  campaigns: [] as string[],
  changed: [] as string[],
};
export const warnings: object[] = [];
/** As the client wraps what gRPC threw. */
const unavailable = new ServiceError("Failed to start", {
  cause: Object.assign(new Error("14 UNAVAILABLE"), { code: 14, details: "", metadata: {} }),
});

export function serveRevocations(): void {
  beforeAll(async () => {
    registry = await startTestRegistry();
    operators = await Promise.all(["Akira", "Botan"].map(newOperator));
    const certificate = {
      async reread(enrolmentId: string) {
        if (temporal.isUnavailable) throw new Error("unavailable");
        temporal.signalled.push(enrolmentId);
      },
      async startCampaign(id: string) {
        if (temporal.isUnavailable) throw unavailable;
        temporal.campaigns.push(id);
      },
    };
    const log = { warn: (fields: object) => void warnings.push(fields) };
    const deps = { pool: registry.pool, sealer, issuer, clock: () => new Date(), certificate, log };
    server = Fastify();
    server.setErrorHandler(onError);
    inboxRoute(server, deps);
    revocationRoutes(server, deps);
    operationsRoute(server, {
      ...deps,
      answerMs: 1_000,
      consent: {
        async change({ changeId }) {
          if (temporal.isUnavailable) return { kind: "unanswered" };
          temporal.changed.push(changeId);
          return { kind: "applied" } as never;
        },
      },
      get operatorRule() {
        return approving.rule;
      },
    });
    url = await server.listen({ host: "127.0.0.1", port: 0 });
    gateway = new Gateway(url);
  });
  afterAll(async () => {
    await server?.close();
    await registry?.close();
  });
  beforeEach(() => {
    approving.rule = { operators: operators.map(({ operator }) => operator), needed: 2 };
    Object.assign(temporal, { isUnavailable: false, signalled: [], campaigns: [], changed: [] });
  });
}

async function newOperator(name: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint({ kty: kty!, crv: crv!, x: x!, y: y! });
  return { operator: { name, jwk: { kty, crv, x, y, kid } } as OperatorKey, key: { kid, privateKey } };
}

export async function post(
  path: string,
  body: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export const statusOf = async (enrolmentId: string) =>
  (
    await registry.pool.query(
      `select e.state, r.reason, r.revoked_by as by from enrolments e join issuance_intents i on i.enrolment_id = e.id
       left join revocations r using (serial) where e.id = $1`,
      [enrolmentId],
    )
  ).rows[0];

/** Seconds from the act to the moment its revocation takes effect. */
export const delayOf = async (enrolmentId: string): Promise<number> => {
  const { rows } = await registry.pool.query<{ delay: number }>(
    `select extract(epoch from r.effective_at - r.revoked_at)::float8 as delay
     from revocations r join issuance_intents i using (serial) where i.enrolment_id = $1`,
    [enrolmentId],
  );
  return rows[0]!.delay;
};
