import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import { Pool } from "pg";
import { registerPartyClient } from "../../registry/party/clients.ts";
import { registerParty } from "../../registry/party/parties.ts";
import { datasetOf } from "../unit/consent/datasets.ts";
import { PartyCaller } from "../unit/openid/party-caller.ts";
import { stack } from "./stack.ts";

const pool = new Pool({ connectionString: stack.postgres, max: 2 });
afterAll(() => pool.end());

/** A client of a party, as the operator registers it: of a party that is there, or of a new one. */
export async function partyClient(partyId?: string): Promise<PartyCaller> {
  const id = partyId ?? `party-${randomUUID()}`;
  if (partyId === undefined)
    await registerParty(pool, {
      id,
      name: { ja: "試験", en: "Test" },
      apps: [{ id: `${id}-app`, attestation: "optional" }],
      datasets: [datasetOf("Account", "Refund"), datasetOf("Account holder since", "A lower premium")],
    });
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const clientId = `client-${randomUUID()}`;
  const jwk = { ...(await exportJWK(publicKey)), kid: "client", alg: "ES256" };
  await registerPartyClient(pool, { id: clientId, partyId: id, jwks: { keys: [jwk] } });
  return new PartyCaller({ url: stack.gateway, partyId: id, clientId, key: { kid: "client", privateKey } });
}

/** Where a party takes pushed events: keeps what came, and answers as the test says. */
export async function startReceiver() {
  const received: { headers: IncomingHttpHeaders; set: string }[] = [];
  const plays: { status: number; body: string } = { status: 202, body: "" };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, set: Buffer.concat(chunks).toString() });
      response.writeHead(plays.status, { "content-type": "application/json" }).end(plays.body);
    });
  });
  server.keepAliveTimeout = 0; // an idle connection is its client's to end
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    received,
    plays,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
