import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createProvenLimits } from "../../../gateway/limits/proven-limits.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

const perParty = 40;

let gateway: PartyGateway;
let clockNow = new Date();
beforeAll(async () => {
  const clock = () => clockNow;
  gateway = await startPartyGateway(createProvenLimits({ perEnrolment: 10, perParty, clock }));
});
afterAll(() => gateway?.close());

/** Asks until the party has to wait. @returns that answer, and how many went before it */
async function exhaust(ask: () => Promise<{ status: number; headers: Headers }>) {
  for (let before = 0; before <= perParty; before += 1) {
    const answer = await ask();
    if (answer.status === 429) return { before, retryAfter: Number(answer.headers.get("retry-after")) };
  }
  throw new Error("No request was limited.");
}
const streams = (party: PartyCaller) => () => party.call("GET", "/ssf/streams");

test("bad/a party that asks too often waits, another one at the same address does not", async () => {
  const [busy, other] = [await gateway.party(), await gateway.party()];
  expect(await exhaust(streams(busy))).toEqual({ before: perParty, retryAfter: expect.any(Number) });
  expect((await streams(busy)()).body).toMatchObject({ code: "TOO_MANY_REQUESTS" });
  expect((await streams(other)()).status).toBe(200);
  clockNow = new Date(clockNow.getTime() + 60_000);
  expect((await streams(busy)()).status).toBe(200);
});

test("bad/a client that asks for too many tokens waits; what others send in its name is not counted", async () => {
  const [busy, other] = [await gateway.party(), await gateway.party()];
  const token = async (caller: PartyCaller, more: Record<string, string> = {}) => {
    const address = `${gateway.url}/openid/token`;
    return fetch(address, {
      method: "POST",
      headers: { dpop: await caller.proof("POST", address, "") },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        scope: "ssf",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: await caller.assertion(),
        ...more,
      }),
    });
  };
  const forged = await other.assertion({ clientId: busy.clientId });
  for (let one = 0; one < perParty; one += 1)
    expect((await token(busy, { client_assertion: forged })).status).toBe(401);
  const limited = await exhaust(() => token(busy));
  expect(limited.before).toBe(perParty);
  expect(limited.retryAfter).toBeGreaterThan(0);
  expect(await (await token(busy)).json()).toMatchObject({ error: "temporarily_unavailable" });
  expect((await token(other)).status).toBe(200);
});
