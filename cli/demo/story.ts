import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Gateway } from "../../client/app/gateway.ts";
import { type Enrolled, oneTap } from "../../client/app/one-tap.ts";
import { pem } from "../../pki/pem.ts";
import type { Intent } from "../../protocol/names.ts";
import { openDatabase } from "../../registry/database.ts";
import { findEnrolment } from "../../registry/enrolments.ts";
import type { Stack } from "../../workers/embedded/stack.ts";
import { makePhoneKey, SimulatedCard } from "../phone.ts";
import { Stage, type StoryLine } from "./stage.ts";
import { fetchCrl, isListed, opensslVerdict } from "./status.ts";

const pin = "ABC12345";
const binding = "customer-0012345";
const newAddress = "東京都千代田区霞が関二丁目１番２号　かざす荘２０３号";

/**
 * The story of the demonstration: two enrolments with one tap each, a move, a renewed card, a new phone. Writes the
 * certificates, the CRL and `story.json` into `out`. Returns whether every step held.
 */
export async function tellStory(stack: Stack, out: string, say: (line: string) => void): Promise<boolean> {
  await mkdir(out, { recursive: true });
  const card = new SimulatedCard(stack.jlis, "hanako");
  await card.issue({ signPin: pin });
  const stage = new Stage(card, say);
  const pool = openDatabase(stack.postgres, { max: 2 });
  const certificates: Partial<Record<"phoneA" | "phoneB" | "other", Enrolled>> = {};
  const enrol = (party: string, intent: Intent, more: { binding?: string } = {}) =>
    tapOnce(stack, card, party, intent, more);

  try {
    await stage.play("enrol-a", "ABC Bank on phone A", async () => {
      certificates.phoneA = await enrol("abc-bank", "enrol", { binding });
      await writeFile(join(out, "phone-a.pem"), pem("CERTIFICATE", certificates.phoneA.certificate));
      await writeFile(
        join(out, "chain.pem"),
        certificates.phoneA.chain.map((der) => pem("CERTIFICATE", der)).join(""),
      );
      return { ok: true, enrolmentId: certificates.phoneA.enrolmentId };
    });

    await stage.play(
      "enrol-other-party",
      "Midori Clinic on the same phone; both certificates good",
      async () => {
        certificates.other = await enrol("midori-clinic", "enrol");
        const { phoneA, other } = requireAll(certificates, "phoneA", "other");
        const crl = await writeCrl(stack, out);
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
      certificates.phoneB = await enrol("abc-bank", "replace");
      await writeFile(join(out, "phone-b.pem"), pem("CERTIFICATE", certificates.phoneB.certificate));
      return { ok: true, enrolmentId: certificates.phoneB.enrolmentId };
    });

    await stage.play(
      "same-person",
      "Recognised by linkage, though card, phone and address are new",
      async () => {
        const { phoneA, phoneB, other } = requireAll(certificates, "phoneA", "phoneB", "other");
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
        const { phoneA, phoneB, other } = requireAll(certificates, "phoneA", "phoneB", "other");
        const crl = await writeCrl(stack, out);
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
        const { phoneA, phoneB, other } = requireAll(certificates, "phoneA", "phoneB", "other");
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
  } finally {
    await pool.end();
    await writeStory(out, stage.story);
  }
  return stage.held;
}

async function tapOnce(
  stack: Stack,
  card: SimulatedCard,
  party: string,
  intent: Intent,
  more: { binding?: string },
): Promise<Enrolled> {
  const gateway = new Gateway(stack.gateway);
  const { serviceKeys } = await gateway.configuration();
  const [serviceKey] = serviceKeys.keys;
  if (!serviceKey) throw new Error("The gateway publishes no service key.");
  try {
    return await oneTap({
      ...more,
      gateway,
      serviceKey,
      party,
      app: `${party}-app`,
      intent,
      language: "ja",
      deviceKey: await makePhoneKey(stack.attester),
      transmit: card.transmit,
      pin,
      agree: ["terms", "register-refresh"],
    });
  } finally {
    await card.remove();
  }
}

async function writeCrl(stack: Stack, out: string): Promise<Buffer> {
  const crl = await fetchCrl(stack.crl);
  await writeFile(join(out, "crl.pem"), pem("X509 CRL", crl));
  return crl;
}

const writeStory = (out: string, story: StoryLine[]): Promise<void> =>
  writeFile(join(out, "story.json"), `${JSON.stringify(story, undefined, 2)}\n`);

function requireAll<K extends string>(
  certificates: Partial<Record<K, Enrolled>>,
  ...names: K[]
): Record<K, Enrolled> {
  const missing = names.filter((name) => certificates[name] === undefined);
  if (missing.length > 0) throw new Error(`An earlier step did not issue: ${missing.join(", ")}.`);
  return certificates as Record<K, Enrolled>;
}
