import { z } from "zod";
import { application, consentRecord } from "../../protocol/application.ts";
import { digest } from "../../protocol/encoding.ts";
import { recordAttributes } from "../attribute-record/records.ts";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

const findings = z.object({
  application,
  applicationSha256: digest,
  card: z.object({
    /** Subject key identifier of the issuing CA, hex. */
    issuerKeyId: z.string(),
    serial: z.string(),
    /** The attributes in the certificate; rows of versions before 0.2.0 have them as JSON text. */
    attributes: z.preprocess(
      (stored) => (typeof stored === "string" ? JSON.parse(stored) : stored),
      recordAttributes,
    ),
  }),
  consents: z.array(z.object({ record: consentRecord, digest })),
  /** The person agreed, with the card, that the CA may ask J-LIS for their attributes. */
  registerConsent: z.boolean(),
});

/** The findings of the verification of an application, which later steps use without verifying again. */
export type Findings = z.infer<typeof findings>;

const rowOf = (evidenceId: string): string => `applications/${evidenceId}/findings`;

/** Stores the findings, sealed, with their application. */
export async function storeFindings(
  connection: Connection,
  sealer: Sealer,
  evidenceId: string,
  found: Findings,
): Promise<void> {
  await connection.query({
    name: "store-findings",
    text: "update applications set findings = $2 where evidence_id = $1",
    values: [evidenceId, sealer.seal(Buffer.from(JSON.stringify(found)), rowOf(evidenceId))],
  });
}

/** `undefined` if the application was never verified. */
export async function readFindings(
  connection: Connection,
  sealer: Sealer,
  evidenceId: string,
): Promise<Findings | undefined> {
  const row = first(
    await connection.query<{ findings: Buffer | null }>({
      name: "read-findings",
      text: "select findings from applications where evidence_id = $1",
      values: [evidenceId],
    }),
  );
  return row?.findings
    ? findings.parse(JSON.parse(sealer.open(row.findings, rowOf(evidenceId)).toString()))
    : undefined;
}
