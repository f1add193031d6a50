import { expect, test } from "@jest/globals";
import { createRemoteJWKSet } from "jose";
import { verifySet } from "../../client/relying-party/security-event.ts";
import { audienceOf } from "../../protocol/events.ts";
import type { PartyCaller } from "../unit/openid/party-caller.ts";
import { partyClient, startReceiver } from "./party.ts";
import { expectRefusal } from "./refusal.ts";
import { eventually } from "./resident.ts";
import { rows, stack } from "./stack.ts";

const jwks = createRemoteJWKSet(new URL(`${stack.gateway}/jwks.json`));
const read = (set: string, { partyId }: PartyCaller) =>
  verifySet(set, { jwks, issuer: stack.gateway, audience: audienceOf(partyId) });

async function streamOf(party: PartyCaller, asked: object = {}): Promise<string> {
  const { status, body } = await party.call("POST", "/ssf/streams", asked);
  expect(status).toBe(201);
  return String(body["stream_id"]);
}
const pushTo = (endpoint_url: string) => ({
  delivery: { method: "urn:ietf:rfc:8935", endpoint_url, authorization_header: "Bearer for-the-party" },
});
async function verify(party: PartyCaller, stream_id: string, state: string): Promise<void> {
  expect((await party.call("POST", "/ssf/verify", { stream_id, state })).status).toBe(204);
}
const stateOf = async ({ partyId }: PartyCaller) =>
  (
    await rows<{ state: string; attempts: number; lastError: string | null }>(
      `select state, attempts, last_error as "lastError" from security_events where party_id = $1`,
      [partyId],
    )
  )[0];

test("ok/polled: a verification event, signed by a published key, held until it is there, taken once", async () => {
  const party = await partyClient();
  const id = await streamOf(party);
  const polling = party.call("POST", `/ssf/poll/${id}`, {});
  await verify(party, id, "hello");
  const sets = (await polling).body["sets"] as Record<string, string>;
  const [[jti, set] = ["", ""]] = Object.entries(sets);
  expect(await read(set, party)).toMatchObject({ type: "verification", state: "hello", jti });
  const again = await party.call("POST", `/ssf/poll/${id}`, { ack: [jti], returnImmediately: true });
  expect(again.body).toEqual({ sets: {} });
  expect((await stateOf(party))?.state).toBe("delivered");
});

test("ok/pushed, with the party's own header", async () => {
  const [party, receiver] = [await partyClient(), await startReceiver()];
  try {
    await verify(party, await streamOf(party, { ...pushTo(receiver.url), signing_alg: "RS256" }), "pushed");
    const { headers, set } = await eventually(async () => receiver.received[0]);
    expect(headers).toMatchObject({
      "content-type": "application/secevent+jwt",
      authorization: "Bearer for-the-party",
    });
    expect(await read(set, party)).toMatchObject({ type: "verification", state: "pushed" });
    await eventually(async () => ((await stateOf(party))?.state === "delivered" ? true : undefined));
  } finally {
    await receiver.close();
  }
});

test("ok/an event waits while the stream is paused, and is sent once enabled", async () => {
  const [party, receiver] = [await partyClient(), await startReceiver()];
  try {
    const stream_id = await streamOf(party, pushTo(receiver.url));
    await party.call("POST", "/ssf/status", { stream_id, status: "paused" });
    await verify(party, stream_id, "later");
    await eventually(async () =>
      (await stateOf(party))?.lastError === "STREAM_NOT_ENABLED" ? true : undefined,
    );
    expect(receiver.received).toEqual([]);
    await party.call("POST", "/ssf/status", { stream_id, status: "enabled" });
    const { set } = await eventually(async () => receiver.received[0]);
    expect(await read(set, party)).toMatchObject({ state: "later" });
  } finally {
    await receiver.close();
  }
});

test("fail/an event the party says it will never take is a dead letter; its words are not kept", async () => {
  const [party, receiver] = [await partyClient(), await startReceiver()];
  receiver.plays.status = 400;
  receiver.plays.body = JSON.stringify({ err: "invalid_request", description: "山田 has moved" });
  try {
    await verify(party, await streamOf(party, pushTo(receiver.url)), "never");
    await eventually(async () => ((await stateOf(party))?.state === "dead-lettered" ? true : undefined));
    expect(await stateOf(party)).toMatchObject({ attempts: 1, lastError: "invalid_request" });
    expect(receiver.received).toHaveLength(1);
  } finally {
    await receiver.close();
  }
});

test.each(["https://10.0.0.1/events", "https://169.254.169.254/", "http://bank.example/events"])(
  "fail/a stream that points at %s",
  async (endpoint) => {
    const party = await partyClient();
    const { status, headers, body } = await party.call("POST", "/ssf/streams", pushTo(endpoint));
    expectRefusal({ status, headers, text: JSON.stringify(body) }, "STREAM_ENDPOINT_FORBIDDEN", 422);
  },
);

test("fail/a second stream", async () => {
  const party = await partyClient();
  await streamOf(party);
  const { status, headers, body } = await party.call("POST", "/ssf/streams", {});
  expectRefusal({ status, headers, text: JSON.stringify(body) }, "STREAM_EXISTS", 409);
});
