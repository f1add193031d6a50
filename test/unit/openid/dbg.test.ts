import { afterAll, beforeAll, test } from "@jest/globals";
import { clientCredentialsGrant } from "openid-client";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";

let g: PartyGateway;
beforeAll(async () => {
  g = await startPartyGateway();
});
afterAll(async () => {
  const t = Date.now();
  setTimeout(() => {
    console.log(process.getActiveResourcesInfo().join(), (g as any).server.server._connections);
  }, 2000);
  await (g as any).server.close();
  console.log("server closed", Date.now() - t);
  await g.close();
  console.log("closed", Date.now() - t);
});
test("x", async () => {
  const p = await g.party();
  const c = await p.discover();
  try {
    await clientCredentialsGrant(c, { scope: "ssf" });
  } catch (e) {
    console.log(e, (e as any).cause);
  }
});
