import { randomUUID } from "node:crypto";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { disclose } from "../../../domain/consent/disclosing.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { addCertificateNotice } from "../../../registry/certificate/notices.ts";
import { lockDisclosure } from "../../../registry/consent/disclosures.ts";
import { storeAcknowledgement } from "../../../registry/notification/acknowledgements.ts";
import { makePerson, type Person, sealer } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";
import { makeWorld } from "../notification/world.ts";
import type { AuditedRegistry } from "./audited-registry.ts";

export interface Acted extends Person {
  evidenceId: string;
  serial: string;
}

/** A person whose rows have the lines that the acts behind them would have left. */
export async function actedPerson({ pool }: AuditedRegistry): Promise<Acted> {
  const person = await makePerson(pool);
  const { enrolmentId } = person.phone;
  const { rows } = await pool.query<{
    id: string;
    serial: string;
    sha256: string;
    notAfter: Date;
    evidenceId: string;
  }>(
    `select i.id, i.serial, encode(sha256(c.der), 'hex') as sha256, c.not_after as "notAfter", i.evidence_id as "evidenceId"
     from issuance_intents i join certificates c using (id) where i.enrolment_id = $1`,
    [enrolmentId],
  );
  const { id: intentId, serial, sha256, notAfter, evidenceId } = rows[0]!;
  await audit(pool, "application-accepted", enrolmentId, { evidenceId });
  await audit(pool, "issuance-intended", enrolmentId, { intentId, serial });
  await audit(pool, "certificate-issued", enrolmentId, {
    intentId,
    serial,
    sha256,
    notAfter: notAfter.toISOString(),
  });
  for (const version of [1, 2])
    await audit(pool, "anchor-refreshed", person.personId, { hitId: randomUUID(), version, changed: 1 });
  await insert(pool, "consent_changes", {
    id: randomUUID(),
    consent_id: person.consentId,
    person_id: person.personId,
    party_id: person.partyId,
    kind: "disclosure",
    act: "grant",
    attributes: ["name"],
    source: "device",
    enrolment_id: enrolmentId,
    digest: "digest",
    outcome: "applied",
    revision: 1,
  });
  await audit(pool, "consent-changed", person.consentId, { act: "grant", source: "device", revision: 1 });
  return { ...person, evidenceId, serial };
}

/** Revokes their certificate, as the person. */
export async function revoked({ pool }: AuditedRegistry, { phone }: Acted): Promise<void> {
  const { enrolmentId } = phone;
  await revoke(pool, sealer, {
    target: { enrolmentId },
    reason: "keyCompromise",
    by: "person",
    proof: enrolmentId,
    digest: enrolmentId,
  });
}

/** What comes of the consent: asked, confirmed, delivered, acknowledged, read; a notice of a certificate's end; a change shown to two parties. */
export async function everythingDone(audited: AuditedRegistry, person: Acted): Promise<void> {
  const { pool } = audited;
  const world = await makeWorld(pool);
  await world.streamOf(person);
  const { jti, notificationId } = await world.confirmed(person);
  await world.activities.deliverEvent({ jti });
  const { consentId, phone } = person;
  await storeAcknowledgement(pool, notificationId, { outcome: "applied" });
  await audit(pool, "notification-acknowledged", notificationId, { outcome: "applied", consentId });
  const consent = (await lockDisclosure(pool, consentId, "share", new Date()))!;
  // Two equal reads.
  for (const way of ["attributes", "attributes"] as const)
    await disclose(pool, world.deps, consent, { names: ["name"], way });
  const { enrolmentId } = phone;
  await addCertificateNotice(pool, { enrolmentId, kind: "expired" });
  await audit(pool, "certificate-expired", enrolmentId);
  await insert(pool, "consent_views", {
    name: randomUUID(),
    consent_id: consentId,
    person_id: person.personId,
    party_id: person.partyId,
  });
  await pool.query(`insert into consent_view_lines (id, name, number, consent_revision, change_id, act, here, attributes,
      state, shown_at, valid_until, due_at)
    select gen_random_uuid(), v.name, n, 1, h.id, 'grant', true, '{name}', 'in-force', now(), now(), now()
    from consent_views v join consent_changes h using (consent_id) cross join generate_series(1, 2) n`);
  await pool.query(
    `insert into audit_lines (act, subject, detail) select 'consent-changed', consent_id,
       '{"act": "grant", "source": "device", "revision": 1, "parties": 2}' from consent_changes where consent_id = $1`,
    [consentId],
  );
  await chainAuditLines(audited.deps);
}
