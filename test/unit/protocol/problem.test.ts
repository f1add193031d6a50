import { describe, expect, test } from "@jest/globals";
import { problem, problemOf, problemResponse } from "../../../protocol/problem.ts";
import { type RefusalCode, refusals, refuse } from "../../../protocol/refusals.ts";

const codes = Object.keys(refusals) as RefusalCode[];
const about = { detail: "for developers", instance: "urn:uuid:1", language: "ja" } as const;

describe("problem documents (RFC 9457)", () => {
  test.each(codes)("ok/%s says what and next in both languages, under a stable type", (code) => {
    const document = problemOf(code, about);
    expect(problem.parse(document)).toEqual(document);
    expect(document.type).toBe(`urn:kazasu:problem:${code.toLowerCase().replaceAll("_", "-")}`);
    for (const text of [document.message.en, document.next.en]) expect(text).toMatch(/^[\x20-\x7e]{10,}\.$/);
    for (const text of [document.message.ja, document.next.ja])
      expect(text).toMatch(/^(?=.*[\u3040-\u30ff\u4e00-\u9fff]).*。$/);
  });

  test.each(codes)("ok/%s has a status that fits a refusal", (code) => {
    const { status } = problemOf(code, about);
    expect([400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503]).toContain(status);
  });

  test("ok/only the two refusals that are no caller's fault have a 5xx status", () => {
    const ours = codes.filter((code) => refusals[code].status >= 500);
    expect(ours.toSorted()).toEqual(["INTERNAL", "TRY_AGAIN"]);
  });

  test("ok/each type and each sentence belongs to one code", () => {
    const unique = (of: (code: RefusalCode) => string) => new Set(codes.map(of)).size;
    expect(unique((code) => problemOf(code, about).type)).toBe(codes.length);
    expect(unique((code) => refusals[code].what.en)).toBe(codes.length);
    expect(unique((code) => refusals[code].what.ja)).toBe(codes.length);
  });

  test("ok/RFC 6585 §4: every 429 has Retry-After, as long as the limit lasts", () => {
    const waits = codes.flatMap((code) => {
      const { status, headers } = problemResponse(code, about);
      return status === 429 ? [[code, Number(headers["retry-after"])]] : [];
    });
    expect(Object.fromEntries(waits)).toEqual({
      TOO_MANY_REQUESTS: 60,
      LOGIN_LOCKED: 3_600,
      CONSENTS_TOO_MANY: 86_400,
      LINK_REQUESTS_TOO_MANY: 86_400,
    });
  });

  test("ok/RFC 6750 §3.1: a status of its own replaces the usual one, in the body too", () => {
    const { status, body } = problemResponse("PARTY_TOKEN_INVALID", { ...about, status: 403 });
    expect({ status, body: problem.parse(JSON.parse(body)).status }).toEqual({ status: 403, body: 403 });
  });

  test("ok/the title is in the language asked for", () => {
    const { what } = refusals.TRY_AGAIN;
    expect(problemOf("TRY_AGAIN", about).title).toBe(what.ja);
    expect(problemOf("TRY_AGAIN", { ...about, language: "en" }).title).toBe(what.en);
  });

  test("ok/the tries left are in the problem where they apply, and nowhere else", () => {
    expect(problemOf("CODE_WRONG", { ...about, triesLeft: 2 })).toMatchObject({ triesLeft: 2 });
    expect(problemOf("CODE_LOCKED", about)).not.toHaveProperty("triesLeft");
  });

  test.each([
    ["an unknown code", { code: "SOMETHING_ELSE" }],
    ["a status that is not a number", { status: "422" }],
    ["another member", { serial: "1" }],
    ["an unknown language", { language: "fr" }],
  ])("fail/%s is no problem document of ours", (_, change) => {
    expect(problem.safeParse({ ...problemOf("NOT_FOUND", about), ...change }).success).toBe(false);
  });
});

/** Apps and parties switch on these: a code or status that changes is a new version of the protocol. */
test("ok/codes and statuses are the published ones", () => {
  const published = Object.fromEntries(codes.map((code) => [code, refusals[code].status]));
  expect(published).toEqual({
    OPERATOR_LOGIN_REQUIRED: 401,
    OPERATOR_LOGIN_FAILED: 403,
    OPERATOR_MAY_NOT: 403,
    CSRF_REFUSED: 403,
    LINK_NOT_POSSIBLE: 409,
    CONSENTS_TOO_MANY: 429,
    PAGE_CARD_REFUSED: 403,
    LINK_REQUEST_CLOSED: 409,
    LINK_REQUESTS_TOO_MANY: 429,
    LOGIN_CLOSED: 409,
    LOGIN_LOCKED: 429,
    LOGIN_NUMBER_WRONG: 422,
    MALFORMED_REQUEST: 400,
    BODY_TOO_LARGE: 413,
    UNSUPPORTED_MEDIA_TYPE: 415,
    NOT_FOUND: 404,
    TOO_MANY_REQUESTS: 429,
    UNKNOWN_PARTY: 404,
    UNKNOWN_APP: 404,
    CHALLENGE_INVALID: 400,
    CHALLENGE_EXPIRED: 410,
    CHALLENGE_MISMATCH: 422,
    ENVELOPE_UNREADABLE: 400,
    CMS_MALFORMED: 400,
    SIGNATURE_MISMATCH: 422,
    UNTRUSTED_ISSUER: 422,
    UNKNOWN_GENERATION: 422,
    CERTIFICATE_SIGNATURE_INVALID: 422,
    UNSUPPORTED_CERTIFICATE: 422,
    NOT_A_SIGN_CERTIFICATE: 422,
    KEY_USAGE_MISSING: 422,
    POLICY_MISSING: 422,
    CARD_NOT_THE_PERSONS: 403,
    CERTIFICATE_EXPIRED: 422,
    CERTIFICATE_NOT_YET_VALID: 422,
    CERTIFICATE_REVOKED: 422,
    CERTIFICATE_ON_HOLD: 422,
    CERTIFICATE_STATUS_UNKNOWN: 422,
    APPLICATION_MALFORMED: 422,
    PARTY_MISMATCH: 422,
    DEVICE_KEY_MISMATCH: 422,
    NOTICE_UNKNOWN: 422,
    CONSENT_MISMATCH: 422,
    TERMS_NOT_ACCEPTED: 422,
    ATTESTATION_REFUSED: 422,
    APPLICATION_CONFLICT: 409,
    OPERATION_NOT_APPROVED: 403,
    DEVICE_KEY_BLOCKED: 409,
    CERTIFICATE_UNMAKEABLE: 422,
    DEVICE_KEY_REUSED: 409,
    NOTHING_TO_REPLACE: 422,
    REPLACE_NOT_YOURS: 403,
    REPLACE_AMBIGUOUS: 409,
    NOT_APPLIED: 409,
    CSR_MALFORMED: 400,
    CSR_PROOF_INVALID: 422,
    CODE_WRONG: 422,
    CODE_LOCKED: 403,
    MESSAGE_UNTRUSTED: 403,
    MESSAGE_STALE: 422,
    NOTICE_NOT_FOR_THIS: 422,
    CONSENT_NOT_IN_FORCE: 409,
    CONSENT_REVISION_PASSED: 409,
    CARD_NEEDED: 422,
    NOTIFICATION_CLOSED: 409,
    FREEZE_CLOSED: 409,
    SHOWN_MISMATCH: 422,
    PARTY_TOKEN_INVALID: 401,
    IDEMPOTENCY_KEY_REUSED: 422,
    IDEMPOTENCY_KEY_UNDER_WAY: 409,
    CLIENT_KEYS_PUBLISHED: 409,
    CLIENT_KEY_NEEDED: 409,
    CLIENT_KEY_UNUSABLE: 422,
    EVENT_NOT_REPLAYABLE: 409,
    STREAM_BEARER_FORBIDDEN: 409,
    STREAM_EXISTS: 409,
    STREAM_ENDPOINT_FORBIDDEN: 422,
    ACKNOWLEDGEMENT_UNEXPECTED: 409,
    TRANSACTION_CLOSED: 409,
    TRANSACTION_INVALID: 422,
    TRY_AGAIN: 503,
    INTERNAL: 500,
  });
});

test("ok/a refusal between functions carries its code and a detail for developers", () => {
  expect(refuse("CODE_WRONG", "why")).toEqual({ ok: false, code: "CODE_WRONG", detail: "why" });
});
