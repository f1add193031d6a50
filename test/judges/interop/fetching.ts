import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { registerPartyClient } from "../../../registry/party/clients.ts";
import { makePerson, moved } from "../../unit/notification/people.ts";
import { makeWorld, rowOf, type World } from "../../unit/notification/world.ts";
import { type PartyGateway, startPartyGateway } from "../../unit/openid/party-gateway.ts";

/** A language's program that fetches what a consent gives and acknowledges it: the command without its last arguments. */
export type Fetcher = readonly [program: string, ...args: string[]];

/** Defines tests that run the program against the gateway, with tokens bound to its own key (RFC 9449). */
export function judgeFetching(fetcher: Fetcher): void {
  let gateway: PartyGateway;
  let world: World;
  let directory: string;
  beforeAll(async () => {
    gateway = await startPartyGateway();
    world = await makeWorld(gateway.registry.pool);
    directory = await mkdtemp(join(tmpdir(), "kazasu-fetching-"));
  });
  afterAll(async () => {
    await gateway?.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  /** A key of a client, and a file of it. */
  async function newKey(): Promise<{ jwk: JWK; file: string }> {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    const named = { kid: "server", alg: "ES256", use: "sig" };
    const file = join(directory, `${crypto.randomUUID()}.json`);
    await writeFile(file, JSON.stringify({ ...(await exportJWK(privateKey)), ...named }));
    return { jwk: { ...(await exportJWK(publicKey)), ...named }, file };
  }

  /** A party whose customer has moved and confirmed it. */
  async function afterAMove() {
    const { pool } = gateway.registry;
    const { partyId } = await gateway.party();
    const person = await makePerson(pool, { partyId });
    const { notificationId } = await world.confirmed(person);
    const { jwk, file } = await newKey();
    const clientId = `server-of-${partyId}`;
    await registerPartyClient(pool, { id: clientId, partyId, jwks: { keys: [jwk] } });
    return { clientId, file, consentId: person.consentId, notificationId };
  }

  const fetchChange = (clientId: string, file: string, consentId: string) =>
    run([...fetcher, gateway.url, clientId, file, consentId]);

  describe("the sample that fetches a change", () => {
    test("ok/gets the values with a DPoP-bound token, and acknowledges them", async () => {
      const { clientId, file, consentId, notificationId } = await afterAMove();
      const { code, output, errors } = await fetchChange(clientId, file, consentId);
      expect({ code, errors }).toEqual({ code: 0, errors: "" });
      const [given = "", acknowledged = ""] = output.trim().split("\n");
      expect(JSON.parse(given)).toMatchObject({ anchorVersion: 2, attributes: { address: moved.address } });
      expect(JSON.parse(acknowledged)).toEqual({ consentId, anchorVersion: 2, outcome: "applied" });
      const row = await rowOf(gateway.registry.pool, "notifications", notificationId);
      expect(row).toMatchObject({ delivery: "acknowledged" });
    });

    test("fail/gets nothing with another key than the registered one", async () => {
      const { clientId, consentId } = await afterAMove();
      const { file } = await newKey();
      const { code, output } = await fetchChange(clientId, file, consentId);
      expect({ isRefused: code !== 0, output }).toEqual({ isRefused: true, output: "" });
    });

    test("fail/gets nothing of another party's customer", async () => {
      const [{ clientId, file }, { consentId }] = [await afterAMove(), await afterAMove()];
      const { code, output } = await fetchChange(clientId, file, consentId);
      expect({ isRefused: code !== 0, output }).toEqual({ isRefused: true, output: "" });
    });
  });
}

function run([program = "", ...args]: string[]): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, args, (error, output, errors) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), output, errors });
    });
  });
}
