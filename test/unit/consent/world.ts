import { randomBytes, randomUUID } from "node:crypto";
import { generateKeyPair } from "jose";
import type { Pool } from "pg";
import { createConsentActivities } from "../../../activities/consent/activities.ts";
import type { ConsentDeps } from "../../../activities/consent/deps.ts";
import type { RegisterConsent } from "../../../activities/j-lis/j-lis.ts";
import type { PhoneEnrolment } from "../../../client/app/phone-message.ts";
import type { StartChange } from "../../../domain/consent/deps.ts";
import { grantAtTap } from "../../../domain/consent/grant-at-tap.ts";
import type { NoticeReference } from "../../../protocol/challenge.ts";
import type { ConsentKind } from "../../../protocol/consent.ts";
import { encode, sha256, utf8 } from "../../../protocol/encoding.ts";
import type { AttributeName } from "../../../protocol/names.ts";
import type { PushContent } from "../../../protocol/notification.ts";
import { addConsentChange, type NewConsentChange } from "../../../registry/consent/changes.ts";
import { findConsent, lockSubject } from "../../../registry/consent/consents.ts";
import { transaction } from "../../../registry/database.ts";
import { storeDecisions } from "../../../registry/issuance/decisions.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { storeEvidence } from "../../../registry/issuance/evidence.ts";
import { publishNotice, registerParty } from "../../../registry/party/parties.ts";
import { addAttributeRecord, addPhone, day, firstRecord, issuer, sealer } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";

export const all: AttributeName[] = ["name", "address", "dateOfBirth", "sex"];

export interface Person {
  personId: string;
  partyId: string;
  phone: PhoneEnrolment;
}

/** What was ticked at a tap. */
export interface Ticked {
  kind: ConsentKind;
  agreed?: boolean;
  attributes?: AttributeName[];
}

/** The activities on a real registry; a test plays J-LIS, the push services, the clock, and Temporal where it wants. */
export async function makeWorld(pool: Pool, more: Partial<Pick<ConsentDeps, "transmit">> = {}) {
  const service = await generateKeyPair("ES256");
  const plays = {
    now: new Date(),
    pushed: [] as { personId: string; partyId: string | undefined; content: PushContent }[],
    push: "sent" as "sent" | "unavailable",
    /** Persons whose consents were signalled to read the attribute record. */
    signalled: [] as string[],
    handed: [] as string[],
    register: async (_cms: Uint8Array): Promise<RegisterConsent> => heldByRegister(plays.now),
  };
  const deps: ConsentDeps = {
    pool,
    sealer,
    issuer,
    serviceKey: { kid: "service", privateKey: service.privateKey },
    clock: () => plays.now,
    durations: { consentReminderMs: 365 * day, shownElsewhereMs: 0 },
    jlis: {
      registerConsent: (cms) => {
        plays.handed.push(Buffer.from(cms).toString());
        return plays.register(cms);
      },
    },
    publicUrl: issuer,
    transmit: async () => {},
    ...more,
    async pushToPhones(personId, partyId, content) {
      if (plays.push === "unavailable") throw new Error("503");
      plays.pushed.push({ personId, partyId, content });
    },
  };
  const activities = createConsentActivities(deps);
  const startChange: StartChange = ({ changeId }) => activities.applyChange({ changeId });
  const notices = {
    disclosure: await notice(pool, "disclosure"),
    "register-refresh": await notice(pool, "register-refresh"),
    link: await notice(pool, "link"),
  };

  const newPerson = async (partyId = `party-${randomUUID()}`): Promise<Person> => {
    const personId = randomUUID();
    await registerParty(pool, {
      id: partyId,
      name: { ja: "ABC銀行", en: "ABC Bank" },
      apps: [{ id: "app", attestation: "optional" }],
    });
    await insert(pool, "persons", { id: personId });
    await addAttributeRecord(pool, personId, 1, firstRecord);
    return { personId, partyId, phone: await addPhone(pool, personId, partyId) };
  };

  /** Stores a change as the gateway does, or the tap. */
  const stored = async (
    person: Person,
    more: Partial<NewConsentChange> = {},
  ): Promise<{ consentId: string; changeId: string }> => {
    const kind = more.kind ?? "disclosure";
    const change: NewConsentChange = {
      consentId: randomUUID(),
      personId: person.personId,
      kind,
      act: "grant",
      source: "device",
      partyId: kind === "disclosure" ? person.partyId : null,
      linkId: null,
      attributes: ["name", "address"],
      noticeSha256: notices[kind].sha256,
      enrolmentId: person.phone.enrolmentId,
      digest: encode(randomBytes(32)),
      receivedAt: plays.now,
      ...more,
    };
    const changeId = await transaction(pool, async (connection) => {
      await lockSubject(connection, change);
      return addConsentChange(connection, change, { sealer, signed: "signed" });
    });
    return { consentId: change.consentId, changeId };
  };
  const changed = async (person: Person, more: Partial<NewConsentChange> = {}) => {
    const { consentId, changeId } = await stored(person, more);
    return { consentId, changeId, outcome: await activities.applyChange({ changeId }) };
  };
  /** Grants, and throws where that was refused. */
  const granted = async (person: Person, more: Partial<NewConsentChange> = {}): Promise<string> => {
    const { consentId, outcome } = await changed(person, more);
    if (outcome.kind !== "applied") throw new Error(`Not granted: ${outcome.code}`);
    return consentId;
  };

  /** The rows a tap leaves: on a phone of its own, with what was ticked, and what the card signed towards J-LIS. */
  const tapped = async (person: Person, ticked: Ticked[], cms: string = randomUUID()): Promise<string> => {
    const { enrolmentId } = await addPhone(pool, person.personId, person.partyId);
    const registerConsent = encode(utf8(cms));
    const evidenceId = await storeEvidence(pool, sealer, {
      enrolmentId,
      applicationSha256: "y",
      content: {
        challenge: "c",
        receivedAt: plays.now.toISOString(),
        application: { application: encode(utf8("a")), consents: [], registerConsent },
      },
    });
    await pool.query("update applications set evidence_id = $2 where enrolment_id = $1", [
      enrolmentId,
      evidenceId,
    ]);
    const enrolment = (await findEnrolment(pool, enrolmentId))!;
    const consents = ticked.map(({ kind, agreed = true, attributes = all }) => ({
      record: { notice: notices[kind], agreed, attributes, salt: "" },
      digest: encode(randomBytes(32)),
    }));
    await storeDecisions(pool, enrolment, consents);
    return enrolmentId;
  };
  const atTap = (start: StartChange = startChange) =>
    grantAtTap({
      ...deps,
      startChange: start,
      signalChangedRecord: async (personId) => void plays.signalled.push(personId),
      signalCertificate: async () => {},
    }).grantAtTap;

  const row = async (id: string) => (await findConsent(pool, id))!;
  const inForceOf = async ({ personId }: Person) => {
    const { rows } = await pool.query<{ id: string }>(
      "select id from consents where person_id = $1 and state = 'in-force' order by kind",
      [personId],
    );
    return Promise.all(rows.map(({ id }) => row(id)));
  };
  const changesOf = async (consentId: string) =>
    (
      await pool.query(
        "select act, outcome, revision, receipt, source from consent_changes where consent_id = $1 order by revision",
        [consentId],
      )
    ).rows;
  const auditOf = async (subject: string) =>
    (await pool.query("select act, detail from audit_lines where subject = $1 order by id", [subject])).rows;
  const move = (person: Person, version: number) =>
    addAttributeRecord(pool, person.personId, version, { ...firstRecord, address: `大阪府${version}` });

  return {
    activities,
    deps,
    plays,
    notices,
    service,
    startChange,
    newPerson,
    stored,
    changed,
    granted,
    tapped,
    atTap,
    row,
    inForceOf,
    changesOf,
    auditOf,
    move,
  };
}

export type World = Awaited<ReturnType<typeof makeWorld>>;

/** J-LIS's answer; its term differs a little from ours, so that tests see whose counts. */
export const heldByRegister = (now: Date, more: Partial<RegisterConsent> = {}): RegisterConsent => ({
  id: randomUUID(),
  state: "in-force",
  items: all,
  receivedAt: now.toISOString(),
  validFrom: now.toISOString(),
  validUntil: new Date(now.getTime() + 3_000 * day).toISOString(),
  ...more,
});

async function notice(pool: Pool, purpose: ConsentKind): Promise<NoticeReference> {
  const text = `${purpose} ${randomUUID()}`;
  const reference: NoticeReference = {
    id: randomUUID(),
    purpose,
    version: "1",
    language: "ja",
    sha256: await sha256(utf8(text)),
  };
  await publishNotice(pool, { ...reference, text });
  return reference;
}
