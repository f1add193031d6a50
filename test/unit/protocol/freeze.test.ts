import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import { makeWebCryptoDeviceKey } from "../../../client/app/device-key.ts";
import { signPhoneMessage } from "../../../client/app/phone-message.ts";
import { freeze, frozen } from "../../../protocol/freeze.ts";
import { labels } from "../../../protocol/labels.ts";
import { verifyPhoneMessage } from "../../../protocol/phone-message.ts";

const issuer = "https://ca.example";
const noticeId = randomUUID();

async function read(content: { type: string }) {
  const deviceKey = await makeWebCryptoDeviceKey();
  const phone = { enrolmentId: randomUUID(), deviceKey, issuer };
  const { message } = await signPhoneMessage(phone, content);
  const key = await crypto.subtle.importKey(
    "spki",
    new Uint8Array(deviceKey.spki),
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["verify"],
  );
  return verifyPhoneMessage(message, key, freeze, { audience: issuer, now: new Date() });
}

test("ok/a press names the notice, and nothing else", async () => {
  const content = { type: labels.freeze, noticeId };
  expect(await read(content)).toMatchObject({ ok: true, claims: content });
});

test.each([
  ["a revocation", { type: labels.revocation, noticeId }],
  ["an inbox question", { type: labels.inbox, noticeId }],
  ["no notice", { type: labels.freeze }],
  ["a notice of no form", { type: labels.freeze, noticeId: "1" }],
  ["an enrolment to be stopped", { type: labels.freeze, noticeId, target: randomUUID() }],
])("fail/%s is no press", async (_, content) => {
  expect(await read(content)).toEqual({ ok: false, code: "MALFORMED_REQUEST" });
});

test("ok/the answer has no value that two parties could compare", () => {
  expect(frozen.safeParse({ noticeId, stopped: true }).success).toBe(true);
  expect(frozen.safeParse({ noticeId, stopped: true, revokedAt: new Date().toISOString() }).success).toBe(
    false,
  );
});
