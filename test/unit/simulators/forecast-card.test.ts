import { createHash, verify, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openSignCard } from "../../../client/app/card/sign-card.ts";
import { SimulatedCard } from "../../../sandbox/devices/simulated-card.ts";
import { startJlis } from "../../../simulators/j-lis/server.ts";

let jlis: Awaited<ReturnType<typeof startJlis>>;
beforeAll(async () => {
  jlis = await startJlis({});
});
afterAll(() => jlis?.close());

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const sha384DigestInfo = "3041300d060960864801650304020205000430";

async function send(card: SimulatedCard, apdu: string): Promise<{ data: Buffer; status: string }> {
  const response = Buffer.from(await card.transmit(hex(apdu)));
  return { data: response.subarray(0, -2), status: response.subarray(-2).toString("hex") };
}

test("ok/the card of the forecast signs with P-384 what OpenSSL verifies, also after a renewal; SHA-256 it refuses", async () => {
  const card = new SimulatedCard(jlis.url, "next");
  await card.issue({ signPin: "ABC12345", forecast: "p384" });
  for (const _ of ["handed out", "renewed"]) {
    await card.remove();
    const driver = await openSignCard(card.transmit);
    await driver.verifyPin("ABC12345");
    const { publicKey, validTo, validFrom } = new X509Certificate(await driver.readCertificate());
    expect(publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "secp384r1" });
    expect(new Date(validTo).getFullYear() - new Date(validFrom).getFullYear()).toBeGreaterThanOrEqual(9);
    const message = Buffer.from("what is signed");
    const digest = createHash("sha384").update(message).digest("hex");
    await send(card, "00A4020C02001A");
    const { data, status } = await send(card, `802A008043${sha384DigestInfo}${digest}00`);
    expect([status, data.length]).toEqual(["9000", 96]);
    expect(verify("sha384", message, { key: publicKey, dsaEncoding: "ieee-p1363" }, data)).toBe(true);
    const sha256 = `3031300d060960864801650304020105000420${"11".repeat(32)}`;
    expect((await send(card, `802A008033${sha256}00`)).status).toBe("6a80");
    await card.atTownHall("renew");
  }
});

test.each([
  ["android", "android"],
  ["iphone", "iphone"],
  ["card", "card"],
])("ok/a certificate borne by %s is recognised as one", async (bearer, known) => {
  const card = new SimulatedCard(jlis.url, `borne-by-${bearer}`);
  await card.issue({ bearer });
  expect(await (await openSignCard(card.transmit)).bearer()).toBe(known);
});
