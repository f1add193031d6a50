import { beforeAll, describe, expect, test } from "@jest/globals";
import { base64url, generateKeyPair, SignJWT } from "jose";
import { activate, apply } from "../../client/app/one-tap.ts";
import { labels } from "../../protocol/labels.ts";
import { inSeconds, remint } from "./minted-challenge.ts";
import { Phone } from "./phone.ts";
import { expectRefusal, post } from "./refusal.ts";
import { sealedActivation, sealedApplication } from "./sealed-message.ts";
import { appliedTrace, noTrace, rows, traceAtEnd, traceOf } from "./stack.ts";

let phone: Phone;
let stranger: Phone;
beforeAll(async () => {
  [phone, stranger] = await Promise.all([Phone.new(), Phone.new()]);
});

const both = ["/v1/applications", "/v1/activations"];

describe("the challenge", () => {
  test("fail/expired: nobody is asked, nothing is stored", async () => {
    const begun = await remint(await phone.begin(), { iat: inSeconds(-601), exp: inSeconds(-1) });
    const { envelope } = await phone.tapped(begun);
    expectRefusal(await post("/v1/applications", envelope), "CHALLENGE_EXPIRED", 410);
    expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  });

  test("fail/under another key, of another kind, without a signature, or changed", async () => {
    const begun = await phone.begin();
    const { privateKey } = await generateKeyPair("ES256");
    const foreign = await new SignJWT({ ...begun.claims })
      .setProtectedHeader({ alg: "ES256", typ: labels.challenge })
      .sign(privateKey);
    const [header = "", payload = "", signature = ""] = begun.challenge.split(".");
    const unsigned = base64url.encode(JSON.stringify({ alg: "none", typ: labels.challenge }));
    const changed = base64url.encode(
      JSON.stringify({ ...begun.claims, party: { id: "midori-clinic", name: {} } }),
    );
    const challenges = [
      foreign,
      (await remint(begun, {}, "another+jwt")).challenge,
      `${unsigned}.${payload}.`,
      `${header}.${changed}.${signature}`,
      "no-jws",
    ];
    for (const path of both) {
      for (const challenge of challenges) {
        const envelope = await sealedApplication({ ...begun, challenge }, {});
        expectRefusal(await post(path, envelope), "CHALLENGE_INVALID", 400);
      }
    }
    expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  });

  test("fail/an application replayed on another challenge", async () => {
    const message = await phone.sign(await phone.draft(await phone.begin()));
    const another = await phone.begin();
    const envelope = await sealedApplication(another, message);
    expectRefusal(await post("/v1/applications", envelope), "CHALLENGE_MISMATCH", 422);
    expect(await traceOf(another.claims.enrolmentId)).toEqual(noTrace);
  });

  test("fail/a sealed message moved to another challenge, or to the other address, does not open", async () => {
    const [one, another] = [await phone.tapped(await phone.begin()), await phone.begin()];
    const moved = { challenge: another.challenge, sealed: one.envelope.sealed };
    expectRefusal(await post("/v1/applications", moved), "ENVELOPE_UNREADABLE", 400);
    expectRefusal(await post("/v1/activations", one.envelope), "ENVELOPE_UNREADABLE", 400);
    const activation = await sealedActivation(another, new Uint8Array(16));
    expectRefusal(await post("/v1/applications", activation), "ENVELOPE_UNREADABLE", 400);
    expect(await traceOf(another.claims.enrolmentId)).toEqual(noTrace);
    expect(await traceOf(one.begun.claims.enrolmentId)).toEqual(noTrace);
  });

  test("fail/other content on a challenge that was used: before and after the certificate", async () => {
    const begun = await phone.begin();
    const [first, second] = [await phone.tapped(begun), await phone.tapped(begun)];
    const applied = await apply(first);
    expectRefusal(await post("/v1/applications", second.envelope), "APPLICATION_CONFLICT", 409);
    expect(await traceOf(begun.claims.enrolmentId)).toEqual({ ...appliedTrace, evidence: 2 });
    const { enrolmentId } = await activate(applied);
    expectRefusal(await post("/v1/applications", second.envelope), "APPLICATION_CONFLICT", 409);
    expect(await traceAtEnd(enrolmentId)).toMatchObject({
      lifecycle: "COMPLETED",
      enrolments: 1,
      certificates: 1,
    });
  });

  test("fail/another card on a challenge that was used", async () => {
    const begun = await phone.begin();
    const [first, second] = [
      await phone.tapped(begun),
      await (await Phone.holding(stranger.card)).tapped(begun),
    ];
    expect((await post("/v1/applications", first.envelope)).status).toBe(200);
    expectRefusal(await post("/v1/applications", second.envelope), "APPLICATION_CONFLICT", 409);
  });
});

describe("`replace`", () => {
  test("fail/of another person's enrolment: refused, and theirs is unchanged", async () => {
    const theirs = await stranger.enrolled({ binding: "customer-theirs" });
    await phone.enrolled();
    const wishes = { intent: "replace", replaces: theirs.enrolmentId } as const;
    const { begun, envelope } = await phone.tapped(await phone.begin(wishes), wishes);
    expectRefusal(await post("/v1/applications", envelope), "REPLACE_NOT_YOURS", 403);
    expect(await traceOf(begun.claims.enrolmentId)).toMatchObject({ enrolments: 0, decisions: 0 });
    const [row] = await rows("select state, binding from enrolments where id = $1", [theirs.enrolmentId]);
    expect(row).toEqual({ state: "active", binding: "customer-theirs" });
  });

  test("fail/of one's own enrolment at another party, or an unknown one", async () => {
    const mine = await phone.enrolled({ party: "midori-clinic" });
    for (const replaces of [mine.enrolmentId, crypto.randomUUID()]) {
      const wishes = { intent: "replace", replaces } as const;
      const { envelope } = await phone.tapped(await phone.begin(wishes), wishes);
      expectRefusal(await post("/v1/applications", envelope), "REPLACE_NOT_YOURS", 403);
    }
  });
});

test("fail/an app that must attest its key and does not", async () => {
  await rows(
    "insert into parties (id, name_ja, name_en) values ('strict', '厳格', 'Strict') on conflict do nothing",
  );
  await rows(
    "insert into apps (party_id, id, attestation) values ('strict', 'strict-app', 'required') on conflict do nothing",
  );
  const begun = await phone.begin({ party: "strict" });
  const { envelope } = await phone.tapped(
    begun,
    {},
    {
      before: (draft) => {
        draft.attestation = undefined;
        delete draft.content.attestation;
      },
    },
  );
  expectRefusal(await post("/v1/applications", envelope), "ATTESTATION_REFUSED", 422);
  expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  expect((await phone.enrolled({ party: "strict" })).chain).toHaveLength(2);
});
