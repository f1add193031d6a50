import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { tap } from "../../../client/app/card/tap.ts";
import { signWithCard } from "../../../client/app/cms.ts";
import { checkCrl } from "../../../pki/card-verification/crl.ts";
import { makeOcspRequest, readOcspResponse } from "../../../pki/card-verification/ocsp.ts";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { productionAnchors, testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { apdu, call } from "../simulators/jlis-client.ts";

/** The card, the phone's CMS and J-LIS on the other side, over their protocols. */
let jlis: Awaited<ReturnType<typeof startJlis>>;
let cms: Uint8Array;
let anchors: ReturnType<typeof testAnchors>;
const content = Buffer.from('{"type":"kazasu/application/1"}');

beforeAll(async () => {
  jlis = await startJlis({});
  const person = { card: "taro", name: "髙﨑　𠮷郎", dateOfBirth: "1985-07-03", sex: "female" };
  const { body } = await call(jlis.url, "POST", "/town-hall/residents", person);
  const pin: string = body.pins?.sign ?? body.signPin;
  const transmit = async (command: Uint8Array) =>
    new Uint8Array(Buffer.from(await apdu(jlis.url, "taro", Buffer.from(command).toString("hex")), "hex"));
  cms = await signWithCard(await tap({ transmit, pin }), content);
  anchors = testAnchors(await (await fetch(`${jlis.url}/ca/sign.pem`)).text());
});
afterAll(() => jlis.close());

function verified() {
  const verdict = verifyCardSignature({ cms, anchors, at: new Date() });
  if (!verdict.ok) throw new Error(`${verdict.code}: ${verdict.detail}`);
  return verdict;
}

async function status() {
  const { card, anchor } = verified();
  const nonce = randomBytes(32);
  const response = await fetch(`${jlis.url}/ocsp`, {
    method: "POST",
    headers: { "content-type": "application/ocsp-request" },
    body: Buffer.from(makeOcspRequest(card, anchor, nonce)),
  });
  const answer = new Uint8Array(await response.arrayBuffer());
  return readOcspResponse(answer, { card, anchor, nonce, at: new Date(), maxAgeSeconds: 1_800 });
}

async function listed() {
  const { card, anchor } = verified();
  const parts = (await call(jlis.url, "GET", "/crl")).body as { part: string; distributionPoint: string }[];
  const part = parts.find(({ distributionPoint }) => distributionPoint === card.crlDistributionPoint);
  const crl = await (await fetch(`${jlis.url}/crl/${part?.part}`)).arrayBuffer();
  return checkCrl(new Uint8Array(crl), { card, anchor, at: new Date() });
}

describe("a simulated card", () => {
  test("ok/its signature verifies under the test anchors, with the person's attributes", () => {
    expect(verified()).toMatchObject({
      content: new Uint8Array(content),
      anchor: { setting: "test" },
      card: {
        attributes: {
          name: "髙﨑　吉郎",
          nameSubstitution: "00010",
          sex: "female",
          dateOfBirth: { year: 1985 },
        },
      },
    });
  });

  test("fail/a production setting refuses it", () => {
    const verdict = verifyCardSignature({ cms, anchors: productionAnchors(), at: new Date() });
    expect(verdict).toMatchObject({ ok: false, code: "UNTRUSTED_ISSUER" });
  });

  test("ok/OCSP and CRL: good, and revoked after a move", async () => {
    expect(await status()).toMatchObject({ ok: true, status: "good" });
    expect(await listed()).toMatchObject({ ok: true, status: "good" });
    const move = { address: "長崎県長崎市五島町〇〇番地" };
    expect((await call(jlis.url, "POST", "/town-hall/residents/taro/move", move)).status).toBeLessThan(300);
    await call(jlis.url, "POST", "/control/crl", {});
    const revoked = { ok: true, status: "revoked", reason: "affiliationChanged" };
    expect(await status()).toMatchObject(revoked);
    expect(await listed()).toMatchObject(revoked);
  });
});
