import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { accessTokenOf } from "./access-tokens.ts";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";
import { type RawAnswer, RawRequests } from "./raw-requests.ts";

let gateway: PartyGateway;
let party: PartyCaller;
let openid: RawRequests;
let token: string;
beforeAll(async () => {
  gateway = await startPartyGateway();
  party = await gateway.party();
  openid = new RawRequests(gateway.url, party, "openid");
  token = await accessTokenOf(gateway.provider, party, "openid");
});
afterAll(() => gateway?.close());

const endpoints: Record<string, () => Promise<RawAnswer>> = {
  request: () => openid.push(),
  token: () => openid.token(),
  backchannel: () => openid.backchannel(),
  me: async () =>
    openid.me({
      authorization: `DPoP ${token}`,
      dpop: await party.proof("GET", `${gateway.url}/openid/me`, token),
    }),
};

async function answers(): Promise<Record<string, RawAnswer>> {
  const all: Record<string, RawAnswer> = {};
  for (const [endpoint, ask] of Object.entries(endpoints)) all[endpoint] = await ask();
  return all;
}

test("fail/RFC 6749 §5.2: a failure of ours is server_error, and is in the log without the request", async () => {
  const { pool } = gateway.registry;
  await pool.query("alter table party_clients rename to away");
  const failed = await answers();
  await pool.query("alter table away rename to party_clients");
  for (const endpoint of ["request", "token", "backchannel"])
    expect(failed[endpoint]).toMatchObject({ status: 500, error: "server_error" });
  const logged = gateway.logged.filter(({ msg }) => msg === "unexpected failure");
  expect(logged.length).toBeGreaterThanOrEqual(3);
  expect(logged[0]).toMatchObject({ issuer: "openid", errorCode: "42P01", places: expect.any(Array) });
  expect(JSON.stringify(logged)).not.toContain(party.clientId);
});

test("fail/RFC 9110 §15.6.4: a registry that does not answer is temporarily_unavailable, with Retry-After", async () => {
  const { pool } = gateway.registry;
  const { connectionString: usual = "" } = pool.options;
  pool.options.connectionString = usual.replace(/:\d+\//, ":1/");
  const ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()";
  await pool.query(ended).catch(() => {});
  const failed = await answers();
  pool.options.connectionString = usual;
  for (const answer of Object.values(failed)) {
    expect(answer).toMatchObject({ status: 503, error: "temporarily_unavailable" });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect(await openid.token()).toMatchObject({ error: "invalid_grant" });
});
