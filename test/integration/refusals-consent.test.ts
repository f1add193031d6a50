import { beforeAll, describe, expect, test } from "@jest/globals";
import { decide } from "../../client/app/consents.ts";
import type { NoticeReference } from "../../protocol/challenge.ts";
import { encode, sha256, utf8 } from "../../protocol/encoding.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { type Draft, Phone, type Tampering } from "./phone.ts";
import { expectRefusal, post } from "./refusal.ts";
import { noTrace, rows, traceOf } from "./stack.ts";

let phone: Phone;
let stranger: Phone;
beforeAll(async () => {
  [phone, stranger] = await Promise.all([Phone.new(), Phone.new()]);
});

/** One tap whose decisions are about the notices given; then the refusal, and nothing left behind. */
async function refused(
  code: RefusalCode,
  tampering: Tampering,
  notices: (offered: NoticeReference[]) => NoticeReference[] = (offered) => offered,
) {
  const begun = await phone.begin();
  const offered = begun.notices.map(({ notice }) => notice);
  const decisions = decide(notices(offered), ["terms", "register-refresh"]);
  const { envelope } = await phone.tapped(begun, { decisions }, tampering);
  const problem = expectRefusal(await post("/v1/applications", envelope), code, 422);
  expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  return problem;
}

const change = (purpose: string, changes: Partial<NoticeReference>) => (offered: NoticeReference[]) =>
  offered.map((notice) => (notice.purpose === purpose ? { ...notice, ...changes } : notice));

describe("notices", () => {
  test("fail/terms the CA never published", async () => {
    const digest = await sha256(utf8("Terms of the app's own making."));
    await refused("NOTICE_UNKNOWN", {}, change("terms", { sha256: digest }));
  });

  test("fail/a consent towards J-LIS on a text the CA never published", async () => {
    const digest = await sha256(utf8("You agree to everything."));
    await refused("NOTICE_UNKNOWN", {}, change("register-refresh", { sha256: digest }));
  });

  test("fail/a text that was published once, and that this challenge does not offer", async () => {
    const text = `Terms of ${crypto.randomUUID()}`;
    const old = {
      id: "terms-of-old",
      version: crypto.randomUUID().slice(0, 8),
      sha256: await sha256(utf8(text)),
    };
    await rows(
      `insert into notices (sha256, id, purpose, version, language, text, published_at)
       values ($1, $2, 'terms', $3, 'ja', $4, now() - interval '1 year')`,
      [old.sha256, "terms", old.version, text],
    );
    await refused("NOTICE_UNKNOWN", {}, change("terms", { ...old, id: "terms" }));
  });

  test("fail/one notice under the name of another: the register's text as terms", async () => {
    await refused("NOTICE_UNKNOWN", {}, (offered) => {
      const { sha256: digest } = offered.find(({ purpose }) => purpose === "register-refresh")!;
      return change("terms", { sha256: digest })(offered);
    });
  });

  test("fail/the right text under a version it does not have", async () => {
    await refused("NOTICE_UNKNOWN", {}, change("terms", { version: "1999-01" }));
  });
});

describe("consents", () => {
  test.each<[string, RefusalCode, Tampering]>([
    [
      "a record changed after the tap",
      "CONSENT_MISMATCH",
      { after: ({ consents }) => (consents[1] = consents[1]!.replace('"agreed":true', '"agreed":false')) },
    ],
    ["a record dropped after the tap", "CONSENT_MISMATCH", { after: ({ consents }) => consents.pop() }],
    [
      "a record doubled after the tap",
      "CONSENT_MISMATCH",
      { after: ({ consents }) => consents.push(consents[0]!) },
    ],
    [
      "records in another order",
      "CONSENT_MISMATCH",
      { after: (message) => (message.consents = message.consents.toReversed()) },
    ],
    ["a record that is not JSON", "CONSENT_MISMATCH", { before: (draft) => agreeInText(draft, "I agree.") }],
    ["no consents at all", "TERMS_NOT_ACCEPTED", { before: withoutConsents }],
  ])("fail/%s", async (_name, code, tampering) => {
    await refused(code, tampering);
  });

  test("fail/terms declined", async () => {
    const begun = await phone.begin();
    const { envelope } = await phone.tapped(begun, { agree: ["register-refresh"] });
    expectRefusal(await post("/v1/applications", envelope), "TERMS_NOT_ACCEPTED", 422);
    expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  });
});

describe("the consent towards J-LIS", () => {
  test("fail/signed by another card", async () => {
    const theirs = await stranger.sign(await stranger.draft(await stranger.begin()));
    await refused("CONSENT_MISMATCH", {
      after: (message) => (message.registerConsent = theirs.registerConsent!),
    });
  });

  test("fail/of an earlier tap of the same card", async () => {
    const earlier = await phone.sign(await phone.draft(await phone.begin()));
    await refused("CONSENT_MISMATCH", {
      after: (message) => (message.registerConsent = earlier.registerConsent!),
    });
  });

  test.each<[string, RefusalCode, Tampering]>([
    ["missing though agreed", "CONSENT_MISMATCH", { after: (message) => delete message.registerConsent }],
    [
      "tampered with",
      "SIGNATURE_MISMATCH",
      {
        after: (message) => {
          const bytes = Buffer.from(message.registerConsent!, "base64url");
          bytes[bytes.length - 1]! ^= 1;
          message.registerConsent = encode(bytes);
        },
      },
    ],
    [
      "about other attributes than the person agreed to",
      "CONSENT_MISMATCH",
      { before: ({ registerConsent }) => (registerConsent!.attributes = ["name"]) },
    ],
    [
      "on the terms instead",
      "CONSENT_MISMATCH",
      { before: ({ registerConsent }) => (registerConsent!.notice.purpose = "terms") },
    ],
    [
      "an application in its place",
      "CONSENT_MISMATCH",
      { after: (message) => (message.registerConsent = message.application) },
    ],
  ])("fail/%s", async (_name, code, tampering) => {
    await refused(code, tampering);
  });

  test("fail/present though declined", async () => {
    const begun = await phone.begin();
    const agreed = await phone.draft(begun);
    const { envelope } = await phone.tapped(
      begun,
      { agree: ["terms"] },
      { before: (draft) => (draft.registerConsent = agreed.registerConsent) },
    );
    expectRefusal(await post("/v1/applications", envelope), "CONSENT_MISMATCH", 422);
    expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  });
});

async function agreeInText(draft: Draft, text: string): Promise<void> {
  draft.consents[0] = text;
  draft.content.consents[0] = await sha256(utf8(text));
}

function withoutConsents(draft: Draft): void {
  draft.consents = [];
  draft.content.consents = [];
  draft.registerConsent = undefined;
}
