import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";

let gateway: PartyGateway;
beforeAll(async () => {
  gateway = await startPartyGateway();
});
afterAll(() => gateway?.close());

test("ok/the provider's session of a browser is neither stored nor found: each login stands alone", async () => {
  const { provider, registry } = gateway;
  const session = Object.assign(new provider.Session(), { accountId: "somebody" });
  const id = await session.save(60);
  expect(await provider.Session.find(id)).toBeUndefined();
  const { rows } = await registry.pool.query("select 1 from openid_payloads");
  expect(rows).toEqual([]);
});
