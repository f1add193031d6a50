import { X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { askTimeStamp } from "../../../activities/delivery/time-stamp.ts";
import { verifySignedTransaction } from "../../../client/relying-party/signed-transaction.ts";
import { addTransaction, storeSignature } from "../../../registry/transaction/transactions.ts";
import { startTimeStamps, type TimeStampSimulator } from "../../../simulators/tsa/server.ts";
import { makePerson, sealer } from "../notification/people.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";
import { makeSigned, type Signed } from "./signed.ts";

let directory: string;
let tsa: TimeStampSimulator;
let gateway: PartyGateway;
let party: PartyCaller;
let made: Signed;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-tsa-"));
  [tsa, gateway, made] = await Promise.all([startTimeStamps(directory), startPartyGateway(), makeSigned()]);
  party = await gateway.party();
  const { pool } = gateway.registry;
  const { transactionId: id } = made.content;
  const { phone } = await makePerson(pool, { partyId: party.partyId });
  const createdAt = new Date();
  const expiresAt = new Date(Date.now() + 300_000);
  const content = JSON.stringify(made.content);
  const { partyId, clientId } = party;
  await addTransaction(pool, sealer, { id, partyId, clientId, content, createdAt, expiresAt });
  const signed = { id, enrolmentId: phone.enrolmentId, cms: made.cms, at: new Date() };
  await storeSignature(pool, sealer, signed);
});
afterAll(async () => {
  await tsa?.close();
  await gateway?.close();
  await rm(directory, { recursive: true, force: true });
});

const ask = () =>
  party.call("GET", `/v1/transactions/${made.content.transactionId}`, undefined, { scope: "transactions" });

test("ok/without an authority as the phone made it; authority unavailable: TRY_AGAIN; then with a time-stamp, always the same", async () => {
  const plain = await ask();
  expect(plain.body).toMatchObject({
    state: "signed",
    signature: Buffer.from(made.cms).toString("base64url"),
  });
  expect(plain.body).not.toHaveProperty("timeStampedAt");

  const outbound = makeOutbound({ allow: ({ hostname }) => hostname === "127.0.0.1" });
  const roots = [new Uint8Array(new X509Certificate(tsa.roots).raw)];
  gateway.stamps.authority = { ask: (request) => askTimeStamp(outbound, tsa.url, request), roots };
  tsa.play({ away: true });
  expect(await ask()).toMatchObject({ status: 503, body: { code: "TRY_AGAIN" } });
  tsa.play({ away: false });
  const [one, two] = await Promise.all([ask(), ask()]);
  expect(one.body).toEqual(two.body);
  expect(one.body["timeStampedAt"]).toEqual(expect.any(String));
  const cms = Buffer.from(String(one.body["signature"]), "base64url");
  await verifySignedTransaction(cms, { ...made.expected, timeStampRoots: roots });
});

test("fail/without an id, another party's id, and a token of another scope", async () => {
  const other = await gateway.party();
  const path = `/v1/transactions/${made.content.transactionId}`;
  expect((await other.call("GET", path, undefined, { scope: "transactions" })).status).toBe(404);
  expect((await party.call("GET", "/v1/transactions/1", undefined, { scope: "transactions" })).status).toBe(
    404,
  );
  expect((await party.call("GET", path, undefined, { scope: "attributes" })).status).toBe(403);
});
