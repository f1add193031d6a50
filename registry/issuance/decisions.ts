import type { ConsentRecord } from "../../protocol/application.ts";
import type { ConsentKind } from "../../protocol/consent.ts";
import type { AttributeName } from "../../protocol/names.ts";
import type { Connection } from "../database.ts";

/** Stores what the person agreed to or declined, under the digest that the card signed. */
export async function storeDecisions(
  connection: Connection,
  enrolment: { id: string; personId: string; partyId: string },
  consents: { record: ConsentRecord; digest: string }[],
): Promise<void> {
  const rows = consents.map(({ record: { notice, agreed, attributes }, digest }) => ({
    purpose: notice.purpose,
    notice_sha256: notice.sha256,
    agreed,
    attributes,
    digest,
  }));
  await connection.query({
    name: "store-decisions",
    text: `insert into decisions (id, enrolment_id, person_id, party_id, purpose, notice_sha256, agreed, attributes, digest)
           select gen_random_uuid(), $1, $2, $3, purpose, notice_sha256, agreed, attributes, digest
           from jsonb_to_recordset($4) as
             c (purpose text, notice_sha256 text, agreed boolean, attributes text[], digest text)
           on conflict (enrolment_id, digest) do nothing`,
    values: [enrolment.id, enrolment.personId, enrolment.partyId, JSON.stringify(rows)],
  });
}

/** A consent given at a tap, as signed by the card. */
export interface AgreedConsent {
  kind: Exclude<ConsentKind, "link">;
  attributes: AttributeName[];
  noticeSha256: string;
  digest: string;
  decidedAt: Date;
}

/** The consents given at an enrolment's tap, other than the terms. */
export async function readAgreed(connection: Connection, enrolmentId: string): Promise<AgreedConsent[]> {
  const { rows } = await connection.query<AgreedConsent>({
    name: "read-agreed",
    text: `select purpose as kind, attributes, notice_sha256 as "noticeSha256", digest, created_at as "decidedAt"
           from decisions where enrolment_id = $1 and agreed and purpose in ('register-refresh', 'disclosure')
             and cardinality(attributes) > 0 order by purpose, digest`,
    values: [enrolmentId],
  });
  return rows;
}
