import { randomUUID } from "node:crypto";
import { z } from "zod";
import { sealedApplication } from "../../protocol/application.ts";
import { type Connection, first } from "../database.ts";
import { required } from "../required.ts";
import type { Sealer } from "../sealing.ts";

const rowOf = (enrolmentId: string, applicationSha256: string, column: string): string =>
  `evidence/${enrolmentId}/${applicationSha256}/${column}`;

const evidenceContent = z.object({
  /** The challenge, a JWS. */
  challenge: z.string(),
  application: sealedApplication,
  /** When it was received, ISO 8601 UTC: the time for which everything in it is examined. */
  receivedAt: z.iso.datetime(),
});
export type EvidenceContent = z.infer<typeof evidenceContent>;

/** The content of an application, sealed at rest. */
export interface Evidence {
  id: string;
  enrolmentId: string;
  applicationSha256: string;
  content: EvidenceContent;
}

/**
 * Stores evidence before any workflow starts. The same application gets the same id, so that any number of copies of one
 * message are one piece of evidence.
 */
export async function storeEvidence(
  connection: Connection,
  sealer: Sealer,
  evidence: Omit<Evidence, "id">,
): Promise<string> {
  const { enrolmentId, applicationSha256, content } = evidence;
  const sealed = sealer.seal(
    Buffer.from(JSON.stringify(content)),
    rowOf(enrolmentId, applicationSha256, "sealed"),
  );
  const inserted = first(
    await connection.query<{ id: string }>({
      name: "store-evidence",
      text: `with inserted as (
          insert into evidence (id, enrolment_id, application_sha256, sealed) values ($1, $2, $3, $4)
          on conflict (enrolment_id, application_sha256) do nothing returning id)
        select id from inserted
        union all select id from evidence where enrolment_id = $2 and application_sha256 = $3 limit 1`,
      values: [randomUUID(), enrolmentId, applicationSha256, sealed],
    }),
  );
  if (inserted) return inserted.id;
  // A concurrent copy was stored: its row was not visible to the statement that found the conflict.
  const { rows } = await connection.query<{ id: string }>(
    "select id from evidence where enrolment_id = $1 and application_sha256 = $2",
    [enrolmentId, applicationSha256],
  );
  return required(rows[0], "The row that a statement returns").id;
}

/** Reads evidence; `undefined` if it was deleted. */
export async function readEvidence(
  connection: Connection,
  sealer: Sealer,
  id: string,
): Promise<Evidence | undefined> {
  const row = first(
    await connection.query<{ enrolment_id: string; application_sha256: string; sealed: Buffer }>({
      name: "read-evidence",
      text: "select enrolment_id, application_sha256, sealed from evidence where id = $1",
      values: [id],
    }),
  );
  if (!row) return undefined;
  const { enrolment_id: enrolmentId, application_sha256: applicationSha256 } = row;
  const opened = sealer.open(row.sealed, rowOf(enrolmentId, applicationSha256, "sealed")).toString();
  const content = evidenceContent.parse(JSON.parse(opened));
  return { id, enrolmentId, applicationSha256, content };
}

/** Stores the issuer's status answer (an OCSP response, DER) with the evidence, sealed. */
export async function storeStatusAnswer(
  connection: Connection,
  sealer: Sealer,
  evidence: Evidence,
  answer: Uint8Array,
): Promise<void> {
  const sealed = sealer.seal(
    answer,
    rowOf(evidence.enrolmentId, evidence.applicationSha256, "status_answer"),
  );
  await connection.query({
    name: "store-status-answer",
    text: "update evidence set status_answer = $2 where id = $1",
    values: [evidence.id, sealed],
  });
}

/**
 * Deletes evidence from before a given time that led to nothing: no application claimed it, or the one that did was never
 * examined (the gateway died between the claim and the workflow). Returns how many pieces.
 */
export async function deleteUnclaimedEvidence(connection: Connection, before: Date): Promise<number> {
  await connection.query(
    `delete from applications a where a.created_at < $1 and a.findings is null and a.refusal is null
       and not exists (select 1 from enrolments e where e.id = a.enrolment_id)`,
    [before],
  );
  const { rowCount } = await connection.query(
    `delete from evidence e where e.created_at < $1
       and not exists (select 1 from applications a where a.evidence_id = e.id)`,
    [before],
  );
  return rowCount ?? 0;
}
