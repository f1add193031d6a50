import { beforeAll, describe, expect, test } from "@jest/globals";
import { encode, sha256 } from "../../protocol/encoding.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { Phone, type Tampering, type Wishes } from "./phone.ts";
import { expectRefusal, post } from "./refusal.ts";
import { appliedTrace, noTrace, rows, traceOf } from "./stack.ts";

let phone: Phone;
let stranger: Phone;
beforeAll(async () => {
  [phone, stranger] = await Promise.all([Phone.new(), Phone.new()]);
});

/** One tap, tampered with, and what the gateway says; then nothing may be left of it anywhere. */
async function refusedAtOnce(
  by: Phone,
  code: RefusalCode,
  status: number,
  tampering: Tampering,
  wishes: Wishes = {},
) {
  const { begun, envelope } = await by.tapped(await by.begin(wishes), wishes, tampering);
  expectRefusal(await post("/v1/applications", envelope), code, status);
  expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
}

test("ok/control: the same message without a change is accepted", async () => {
  const { begun, envelope } = await phone.tapped(await phone.begin());
  const answer = await post("/v1/applications", envelope);
  expect(answer.status).toBe(200);
  expect(await traceOf(begun.claims.enrolmentId)).toEqual(appliedTrace);
});

/** Changes one byte of base64url text, counted from its end where negative. */
function flipByte(text: string, at: number): string {
  const bytes = Buffer.from(text, "base64url");
  bytes[at < 0 ? bytes.length + at : at]! ^= 0x01;
  return encode(bytes);
}

/** Flips a byte inside the content that the CMS carries. */
function flipContent(cms: string): string {
  const at = Buffer.from(cms, "base64url").indexOf('"enrolmentId":"') + '"enrolmentId":"'.length;
  return flipByte(cms, at);
}

describe("the card's signature", () => {
  test.each<[string, RefusalCode, number, (cms: string) => string]>([
    ["a signature changed", "SIGNATURE_MISMATCH", 422, (cms) => flipByte(cms, -1)],
    ["a content changed", "SIGNATURE_MISMATCH", 422, flipContent],
    ["DER cut off", "CMS_MALFORMED", 400, (cms) => encode(Buffer.from(cms, "base64url").subarray(0, -3))],
    [
      "DER with bytes behind it",
      "CMS_MALFORMED",
      400,
      (cms) => encode(Buffer.from(`${cms}AAAA`, "base64url")),
    ],
    ["bytes that are no DER", "CMS_MALFORMED", 400, () => encode(new Uint8Array(300).fill(0xff))],
    ["DER that is no CMS", "CMS_MALFORMED", 400, () => encode(Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x01))],
    ["text that is not base64url", "MALFORMED_REQUEST", 400, (cms) => `${cms}==`],
    ["text with a blank in it", "MALFORMED_REQUEST", 400, (cms) => `${cms.slice(0, 40)} ${cms.slice(40)}`],
    ["nothing", "MALFORMED_REQUEST", 400, () => ""],
  ])("fail/%s", async (_name, code, status, change) => {
    await refusedAtOnce(phone, code, status, {
      after: (message) => (message.application = change(message.application)),
    });
  });
});

describe("the card's certificate", () => {
  test.each<[string, RefusalCode]>([
    ["other-name-ca", "UNTRUSTED_ISSUER"],
    ["same-name-ca", "UNKNOWN_GENERATION"],
    ["same-name-ca-real-key-id", "CERTIFICATE_SIGNATURE_INVALID"],
    ["issued-by-card", "UNTRUSTED_ISSUER"],
    ["expired", "CERTIFICATE_EXPIRED"],
    ["not-yet-valid", "CERTIFICATE_NOT_YET_VALID"],
    ["key-usage-missing", "KEY_USAGE_MISSING"],
    ["auth-as-sign", "NOT_A_SIGN_CERTIFICATE"],
    ["policy-missing", "POLICY_MISSING"],
    ["wrong-policy", "POLICY_MISSING"],
  ])("fail/%s", async (variant, code) => {
    await refusedAtOnce(await Phone.withFaultyCard(variant), code, 422, {});
  });

  test.each<[string, RefusalCode, (phone: Phone) => Promise<void>]>([
    ["revoked", "CERTIFICATE_REVOKED", ({ card }) => card.atTownHall("revoke", { reason: "keyCompromise" })],
    [
      "moved, not renewed",
      "CERTIFICATE_REVOKED",
      ({ card }) => card.atTownHall("move", { address: "東京都" }),
    ],
    ["on hold", "CERTIFICATE_ON_HOLD", ({ card }) => card.atTownHall("hold")],
    ["lost", "CERTIFICATE_ON_HOLD", ({ card }) => card.atTownHall("lose")],
  ])("fail/%s: only J-LIS knows, and a repeat has the same answer", async (_name, code, happen) => {
    const holder = await Phone.new();
    await happen(holder);
    const { begun, envelope } = await holder.tapped(await holder.begin());
    const { enrolmentId } = begun.claims;
    expectRefusal(await post("/v1/applications", envelope), code, 422);
    const left = { ...noTrace, evidence: 1, applications: 1, audit: 1, lifecycle: "COMPLETED" };
    expect(await traceOf(enrolmentId)).toEqual(left);
    expectRefusal(await post("/v1/applications", envelope), code, 422);
    expect(await traceOf(enrolmentId)).toEqual(left);
    const stored = await rows("select refusal->>'code' as code from applications where enrolment_id = $1", [
      enrolmentId,
    ]);
    expect(stored).toEqual([{ code }]);
    const anchors = await rows(
      "select 1 from anchors a join evidence e on e.id = a.evidence_id where e.enrolment_id = $1",
      [enrolmentId],
    );
    expect(anchors).toEqual([]);
  });

  test("fail/the answer reveals no time, reason or serial to a party (公的個人認証法 §52)", async () => {
    const holder = await Phone.new();
    await holder.card.atTownHall("revoke", { reason: "keyCompromise" });
    const serials = (await holder.resident()).certificates.map(({ serial }) => serial);
    const { envelope } = await holder.tapped(await holder.begin());
    const answer = await post("/v1/applications", envelope);
    expectRefusal(answer, "CERTIFICATE_REVOKED", 422);
    expect(serials).toHaveLength(2);
    for (const serial of serials) expect(answer.text.toLowerCase()).not.toContain(serial);
    expect(answer.text).not.toMatch(/keyCompromise|key compromise/i);
  });
});

describe("what was signed", () => {
  test.each<[string, RefusalCode, (content: Record<string, unknown>) => unknown]>([
    ["another party", "PARTY_MISMATCH", (content) => (content["party"] = "midori-clinic")],
    ["another app", "PARTY_MISMATCH", (content) => (content["app"] = "other-app")],
    ["another intent", "PARTY_MISMATCH", (content) => (content["intent"] = "replace")],
    ["another enrolment", "CHALLENGE_MISMATCH", (content) => (content["enrolmentId"] = crypto.randomUUID())],
    ["no member of the protocol", "APPLICATION_MALFORMED", (content) => (content["more"] = 1)],
    [
      "another message's type",
      "APPLICATION_MALFORMED",
      (content) => (content["type"] = "kazasu/register-consent/1"),
    ],
    [
      "`replaces` without the intent",
      "APPLICATION_MALFORMED",
      (content) => (content["replaces"] = crypto.randomUUID()),
    ],
  ])("fail/%s", async (_name, code, change) => {
    await refusedAtOnce(phone, code, 422, {
      before: ({ content }) => change(content),
    });
  });

  test.each<[string, "spkiSha256" | "ecdhKey"]>([
    ["the signing key swapped", "spkiSha256"],
    ["the ECDH key swapped", "ecdhKey"],
  ])("fail/%s for a stranger's", async (_name, member) => {
    const theirs = await stranger.begin();
    await refusedAtOnce(phone, "DEVICE_KEY_MISMATCH", 422, {
      before: ({ content }) => (content[member] = theirs.claims[member]),
    });
  });

  test("fail/a challenge that another phone asked for", async () => {
    const theirs = await stranger.begin();
    const spkiSha256 = await sha256(phone.key.spki);
    const { envelope } = await phone.tapped(
      theirs,
      {},
      { before: ({ content }) => (content.spkiSha256 = spkiSha256) },
    );
    expectRefusal(await post("/v1/applications", envelope), "DEVICE_KEY_MISMATCH", 422);
    expect(await traceOf(theirs.claims.enrolmentId)).toEqual(noTrace);
  });

  test("fail/an attestation of another nonce, made for another key, or cut out", async () => {
    const elsewhere = await phone.draft(await phone.begin());
    for (const change of [
      (draft: typeof elsewhere) => {
        draft.attestation = elsewhere.attestation;
        draft.content.attestation = elsewhere.content.attestation;
      },
      (draft: typeof elsewhere) => (draft.attestation!.statement = elsewhere.attestation!.statement),
      (draft: typeof elsewhere) => (draft.attestation = undefined),
    ])
      await refusedAtOnce(phone, "ATTESTATION_REFUSED", 422, { before: change });
  });
});
