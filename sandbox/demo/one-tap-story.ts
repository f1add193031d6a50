import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pem } from "../../pki/pem.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { type Cast, enrol, requireAll, writeCrls } from "./cast.ts";
import type { Stage } from "./stage.ts";
import { isListed, opensslVerdict } from "./status.ts";

export const binding = "customer-0012345";
const newAddress = "東京都千代田区霞が関二丁目１番２号　かざす荘２０３号";

/** Two enrolments with one tap each, a move, a renewed card, a new phone that replaces the old one. */
export async function tellOneTap(stage: Stage, cast: Cast): Promise<void> {
  const { card, pool, out, phones } = cast;
  await stage.play("enrol-a", "ABC Bank on phone A", async () => {
    phones.phoneA = await enrol(cast, "abc-bank", "enrol", { binding });
    await writeFile(join(out, "phone-a.pem"), pem("CERTIFICATE", phones.phoneA.certificate));
    await writeFile(
      join(out, "chain.pem"),
      phones.phoneA.chain.map((der) => pem("CERTIFICATE", der)).join(""),
    );
    return { ok: true, enrolmentId: phones.phoneA.enrolmentId };
  });

  await stage.play(
    "enrol-other-party",
    "Midori Clinic on the same phone; both certificates good",
    async () => {
      phones.other = await enrol(cast, "midori-clinic", "enrol");
      const { phoneA, other } = requireAll(phones, "phoneA", "other");
      const crl = await writeCrls(cast, [phoneA, other]);
      const bothGood = !isListed(crl, phoneA.certificate) && !isListed(crl, other.certificate);
      const openssl = await opensslVerdict(out, "phone-a.pem");
      return {
        ok: bothGood && (openssl ?? "good") === "good",
        enrolmentId: other.enrolmentId,
        bothGood,
        openssl,
      };
    },
  );

  await stage.play("move", "The person moves; the card's certificate is renewed", async () => {
    await card.atTownHall("move", { address: newAddress });
    await card.atTownHall("renew");
    return { ok: true };
  });

  await stage.play("replace-b", "A new phone B replaces A's enrolment at ABC Bank", async () => {
    phones.phoneB = await enrol(cast, "abc-bank", "replace");
    await writeFile(join(out, "phone-b.pem"), pem("CERTIFICATE", phones.phoneB.certificate));
    return { ok: true, enrolmentId: phones.phoneB.enrolmentId };
  });

  await stage.play(
    "same-person",
    "Recognised by linkage, though card, phone and address are new",
    async () => {
      const { phoneA, phoneB, other } = requireAll(phones, "phoneA", "phoneB", "other");
      const [before, after, elsewhere] = await Promise.all(
        [phoneA, phoneB, other].map(({ enrolmentId }) => findEnrolment(pool, enrolmentId)),
      );
      const samePerson = before !== undefined && before.personId === after?.personId;
      const samePseudonym = before?.pseudonym === after?.pseudonym;
      const unlinkable = elsewhere !== undefined && elsewhere.pseudonym !== after?.pseudonym;
      return {
        ok: samePerson && samePseudonym && unlinkable,
        samePerson,
        samePseudonym,
        otherPartySeesAnother: unlinkable,
      };
    },
  );

  await stage.play(
    "a-revoked",
    "A's certificate is revoked, B's and the other party's are good",
    async () => {
      const { phoneA, phoneB, other } = requireAll(phones, "phoneA", "phoneB", "other");
      const crl = await writeCrls(cast, [phoneA, phoneB, other]);
      const listed = {
        phoneA: isListed(crl, phoneA.certificate),
        phoneB: isListed(crl, phoneB.certificate),
        other: isListed(crl, other.certificate),
      };
      const openssl = {
        phoneA: await opensslVerdict(out, "phone-a.pem"),
        phoneB: await opensslVerdict(out, "phone-b.pem"),
      };
      const agrees = (openssl.phoneA ?? "revoked") === "revoked" && (openssl.phoneB ?? "good") === "good";
      return { ok: listed.phoneA && !listed.phoneB && !listed.other && agrees, revoked: listed, openssl };
    },
  );

  await stage.play(
    "bindings-kept",
    "ABC Bank's customer is bound to phone B now; the other party is untouched",
    async () => {
      const { phoneA, phoneB, other } = requireAll(phones, "phoneA", "phoneB", "other");
      const [a, b, elsewhere] = await Promise.all(
        [phoneA, phoneB, other].map(({ enrolmentId }) => findEnrolment(pool, enrolmentId)),
      );
      const carriedOver = b?.binding === binding && a?.binding === undefined;
      const states = { phoneA: a?.state, phoneB: b?.state, other: elsewhere?.state };
      const ok =
        carriedOver &&
        states.phoneA === "superseded" &&
        states.phoneB === "active" &&
        states.other === "active";
      return { ok, carriedOver, states };
    },
  );
}
