import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { CardError } from "../../../client/app/card/card-error.ts";
import { decide, TermsNotAgreed } from "../../../client/app/consents.ts";
import { certificateRequest } from "../../../client/app/csr.ts";
import { type DeviceKey, makeWebCryptoDeviceKey } from "../../../client/app/device-key.ts";
import { Gateway, GatewayRefusal, GatewayUnreachable, UntrustedAnswer } from "../../../client/app/gateway.ts";
import {
  activate,
  apply,
  begin,
  type OneTapOptions,
  oneTap,
  signInOneTap,
  UntrustedChallenge,
} from "../../../client/app/one-tap.ts";
import { resume, suspend } from "../../../client/app/resume.ts";
import { application, consentRecord, registerConsent } from "../../../protocol/application.ts";
import { decode, sha256, utf8 } from "../../../protocol/encoding.ts";
import { openssl } from "./openssl.ts";
import { pin, simulatedCard } from "./simulated-card.ts";
import { tinyCa } from "./tiny-ca.ts";

let ca: Awaited<ReturnType<typeof tinyCa>>;
let simulated: Awaited<ReturnType<typeof simulatedCard>>;
beforeAll(async () => {
  [ca, simulated] = await Promise.all([tinyCa(), simulatedCard()]);
});
afterAll(() => ca.close());
beforeEach(() => {
  for (const fault of Object.keys(ca.faults)) Reflect.deleteProperty(ca.faults, fault);
  Object.assign(ca.faults, { refuse: [], cutAnswers: 0 });
  for (const list of Object.values(ca.received)) list.length = 0;
});

async function phone(more: Partial<OneTapOptions> = {}) {
  const reader = simulated.inReader();
  const options: OneTapOptions = {
    gateway: new Gateway(ca.url),
    serviceKey: ca.publicJwk,
    deviceKey: await makeWebCryptoDeviceKey(),
    party: "abc-bank",
    app: "abc-bank-app",
    intent: "enrol",
    language: "en",
    pin,
    transmit: reader.transmit,
    agree: ["terms", "register-refresh"],
    ...more,
  };
  return { reader, options };
}

/** Up to where the card has signed. */
async function tapped(more: Partial<OneTapOptions> = {}) {
  const { reader, options } = await phone(more);
  const begun = await begin(options);
  const decisions = decide(
    begun.notices.map(({ notice }) => notice),
    options.agree,
  );
  return { reader, options, begun, tap: await signInOneTap(begun, { ...options, decisions }) };
}

/** What the card signed, as openssl reads it; it must verify. */
async function signedContent(cms: string): Promise<unknown> {
  const from = ["cms", "-verify", "-inform", "DER", "-in", "cms", "-out", "out", "-binary", "-noverify"];
  const { code, out } = await openssl({ cms: decode(cms) }, ...from);
  expect(code).toBe(0);
  return JSON.parse(out?.toString() ?? "");
}

describe("one tap", () => {
  test("ok/a certificate for the phone's key, after one activation, one VERIFY and two signatures", async () => {
    const { reader, options } = await phone();
    const enrolled = await oneTap(options);
    const certificate = new X509Certificate(enrolled.certificate);
    expect(certificate.publicKey.export({ type: "spki", format: "der" })).toEqual(
      Buffer.from(options.deviceKey.spki),
    );
    expect(certificate.checkIssued(new X509Certificate(enrolled.chain[0]!))).toBe(true);
    expect(enrolled.subject).toBe(`C=JP, CN=${enrolled.enrolmentId}`);
    expect(enrolled.applicationSha256).toBe(await sha256(decode(ca.received.opened[0]!.application)));
    expect(reader.card).toMatchObject({ activations: 1, signatures: 2 });
    expect(reader.sent.filter((apdu) => apdu.startsWith("00200080") && apdu.length > 8)).toHaveLength(1);
  });

  test("ok/the card signs the challenge, the keys, the salted consents, the attestation and the binding", async () => {
    const attest = jest.fn<NonNullable<DeviceKey["attest"]>>(async () => ({
      format: "simulated",
      statement: "a statement",
    }));
    const deviceKey = await makeWebCryptoDeviceKey({ attest });
    const { begun } = await tapped({ deviceKey, binding: "customer-7" }).then(async (all) => {
      await apply(all.tap);
      return all;
    });
    const { claims, challenge } = begun;
    const message = ca.received.opened[0]!;
    const signed = application.parse(await signedContent(message.application));
    expect(signed).toMatchObject({ challenge, enrolmentId: claims.enrolmentId, binding: "customer-7" });
    expect(signed.spkiSha256).toBe(await sha256(deviceKey.spki));
    expect(signed.ecdhKey).toBe(claims.ecdhKey);
    expect(signed.attestation).toBe(await sha256(utf8("a statement")));
    expect(attest).toHaveBeenCalledWith({
      nonce: claims.jti,
      spkiSha256: claims.spkiSha256,
      app: "abc-bank-app",
    });
    expect(signed.consents).toEqual(await Promise.all(message.consents.map((text) => sha256(utf8(text)))));
    const records = message.consents.map((text) => consentRecord.parse(JSON.parse(text)));
    expect(
      records.map(({ notice, agreed, attributes }) => [notice.purpose, notice.language, agreed, attributes]),
    ).toEqual([
      ["terms", "en", true, []],
      ["register-refresh", "en", true, ["name", "address", "dateOfBirth", "sex"]],
    ]);
    expect(new Set(records.map(({ salt }) => salt)).size).toBe(2);
    const consent = registerConsent.parse(await signedContent(message.registerConsent!));
    expect(consent).toMatchObject({
      enrolmentId: claims.enrolmentId,
      notice: { purpose: "register-refresh" },
    });
  });

  test("ok/without the consent towards J-LIS the card signs once, and no such signature is sent", async () => {
    const { reader, options } = await phone({ agree: ["terms"] });
    await oneTap(options);
    expect(reader.card).toMatchObject({ activations: 1, signatures: 1 });
    expect(ca.received.opened[0]).not.toHaveProperty("registerConsent");
  });

  test("ok/a pinned set of keys: the challenge's kid chooses", async () => {
    const { options } = await phone();
    const other = { ...ca.publicJwk, kid: "service-2" };
    await oneTap({ ...options, serviceKey: { keys: [other, ca.publicJwk] } });
    const wrong = oneTap({ ...options, serviceKey: { keys: [other] } });
    await expect(wrong).rejects.toThrow(UntrustedChallenge);
  });
});

describe("before the tap", () => {
  const refused: [string, Partial<typeof ca.faults>][] = [
    ["another key signed it", { otherKey: true }],
    ["it has expired", { claims: { exp: Math.floor(Date.now() / 1_000) - 3_600 } }],
    ["it is for another party", { claims: { party: { id: "xyz", name: { ja: "X", en: "X" } } } }],
    ["it is for another app", { claims: { app: "another-app" } }],
    ["it is for another intent", { claims: { intent: "replace" } }],
    ["it names another signing key", { claims: { spkiSha256: "A".repeat(43) } }],
    ["it names another ECDH key", { claims: { ecdhKey: "A".repeat(87) } }],
  ];
  test.each(refused)(
    "fail/a challenge is not trusted when %s; the card is not touched",
    async (_, faults) => {
      Object.assign(ca.faults, faults);
      const { reader, options } = await phone();
      await expect(oneTap(options)).rejects.toThrow(UntrustedChallenge);
      expect(reader.sent).toEqual([]);
    },
  );

  test("fail/a notice with another text than the challenge names is never shown", async () => {
    ca.faults.noticeText = "You agree to nothing.";
    const { options } = await phone();
    await expect(begin(options)).rejects.toThrow(UntrustedAnswer);
  });

  const unsaid: [string, Partial<OneTapOptions>, new (code: "PIN_FORMAT") => Error][] = [
    ["the terms are not agreed to", { agree: ["register-refresh"] }, TermsNotAgreed],
    ["an invalid PIN", { pin: "12" }, CardError],
    ["an invalid binding", { binding: "a b" }, Error],
    ["an invalid enrolment to replace", { replaces: "the old one" }, Error],
  ];
  test.each(unsaid)("fail/%s: found before the card is touched", async (_, more, kind) => {
    const { reader, options } = await phone(more);
    await expect(oneTap(options)).rejects.toThrow(kind);
    expect(reader.sent).toEqual([]);
    expect(ca.received.applications).toEqual([]);
  });

  test("fail/no terms were shown in the person's language", async () => {
    ca.faults.claims = { notices: [] };
    const { reader, options } = await phone();
    await expect(oneTap(options)).rejects.toThrow(TermsNotAgreed);
    expect(reader.sent).toEqual([]);
  });
});

describe("after the tap", () => {
  test("ok/lost answers and TRY_AGAIN: the same is sent again, the card is not asked twice, one certificate", async () => {
    const { reader, tap } = await tapped();
    ca.faults.refuse = ["TRY_AGAIN"];
    await expect(apply(tap)).rejects.toMatchObject({ code: "TRY_AGAIN" });
    ca.faults.cutAnswers = 1;
    await expect(apply(tap)).rejects.toThrow(GatewayUnreachable);
    const applied = await apply(tap);
    expect(new Set(ca.received.applications).size).toBe(1);
    expect(ca.received.applications).toHaveLength(3);

    ca.faults.cutAnswers = 1;
    await expect(activate(applied)).rejects.toThrow(GatewayUnreachable);
    const first = await activate(applied);
    expect(await activate(applied)).toEqual(first);
    expect(reader.card).toMatchObject({ activations: 1, signatures: 2 });
  });

  test("ok/an app that was closed goes on from plain data", async () => {
    const { tap, options } = await tapped();
    const kept = structuredClone(suspend(tap));
    const { gateway, deviceKey } = options;
    const enrolled = await activate(await apply(await resume(kept, { gateway, deviceKey })));
    expect(enrolled.enrolmentId).toBe(tap.begun.claims.enrolmentId);
    const other = { gateway, deviceKey: await makeWebCryptoDeviceKey() };
    await expect(resume(kept, other)).rejects.toThrow(TypeError);
  });

  test("fail/a refusal is typed", async () => {
    ca.faults.refuse = ["CERTIFICATE_REVOKED"];
    const { options } = await phone();
    const error = await oneTap(options).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(GatewayRefusal);
    expect(error).toMatchObject({ code: "CERTIFICATE_REVOKED" });
  });

  test("fail/a code sealed for another application, an answer for another enrolment", async () => {
    const { tap } = await tapped();
    ca.faults.otherApplication = true;
    await expect(apply(tap)).rejects.toThrow(UntrustedAnswer);
    delete ca.faults.otherApplication;
    const applied = await apply(tap);
    ca.faults.otherEnrolment = true;
    await expect(apply(tap)).rejects.toThrow(UntrustedAnswer);
    await expect(activate(applied)).rejects.toThrow(UntrustedAnswer);
  });

  test("fail/a certificate for another key, or a chain it does not follow from", async () => {
    ca.faults.otherCsr = await certificateRequest(await makeWebCryptoDeviceKey());
    await expect(oneTap((await phone()).options)).rejects.toThrow(/another key/);
    delete ca.faults.otherCsr;
    ca.faults.otherChain = true;
    await expect(oneTap((await phone()).options)).rejects.toThrow(/do not form a chain/);
  });
});
