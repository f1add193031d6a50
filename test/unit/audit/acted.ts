import { randomUUID } from "node:crypto";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { makePerson, type Person, sealer } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";
import type { AuditBook } from "./book.ts";

export interface Acted extends Person {
  evidenceId: string;
  serial: string;
}

/** A person whose rows have the lines that the acts behind them would have left. */
export async function actedPerson({ pool }: AuditBook): Promise<Acted> {
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
export async function revoked({ pool }: AuditBook, { phone }: Acted): Promise<void> {
  const { enrolmentId } = phone;
  await revoke(pool, sealer, {
    target: { enrolmentId },
    reason: "keyCompromise",
    by: "person",
    proof: enrolmentId,
    digest: enrolmentId,
  });
}
