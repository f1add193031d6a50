import { randomUUID } from "node:crypto";
import type { ConsentRecord } from "../protocol/application.ts";
import type { Connection } from "./database.ts";

/** Stores what the person agreed to or declined, by the digest the card signed. */
export async function storeConsents(
  connection: Connection,
  enrolment: { id: string; personId: string; partyId: string },
  consents: { record: ConsentRecord; digest: string }[],
): Promise<void> {
  for (const { record, digest } of consents) {
    await connection.query({
      name: "store-consent",
      text: `insert into consents (id, enrolment_id, person_id, party_id, purpose, notice_sha256, agreed, attributes, digest)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (enrolment_id, digest) do nothing`,
      values: [
        randomUUID(),
        enrolment.id,
        enrolment.personId,
        enrolment.partyId,
        record.notice.purpose,
        record.notice.sha256,
        record.agreed,
        record.attributes,
        digest,
      ],
    });
  }
}
