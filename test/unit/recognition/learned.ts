import type { Pool } from "pg";
import { disclose } from "../../../domain/consent/disclosing.ts";
import { type RenewedRecord, renewAttributeRecord } from "../../../domain/recognition/renewing.ts";
import type { AttributeName } from "../../../protocol/names.ts";
import type { RecordAttributes } from "../../../registry/attribute-record/records.ts";
import { lockDisclosure } from "../../../registry/consent/disclosures.ts";
import { transaction } from "../../../registry/database.ts";
import { sealer } from "../notification/people.ts";

export const hanako: RecordAttributes = {
  name: "𠮷　花子",
  nameSubstitution: "",
  sex: "female",
  dateOfBirth: "319800000",
  address: "東京都港区芝浦１－２－３",
  addressSubstitution: "",
};

/** J-LIS says this of the person. */
export const learned = (
  pool: Pool,
  personId: string,
  proven: Partial<RecordAttributes>,
): Promise<RenewedRecord> =>
  transaction(pool, (connection) =>
    renewAttributeRecord(connection, sealer, {
      personId,
      proven,
      proof: { source: "j-lis", answer: Buffer.from("answer") },
    }),
  );

/** What a party reads under a consent. */
export const readBy = (
  pool: Pool,
  consentId: string,
  names: readonly AttributeName[] = ["name", "address", "dateOfBirth", "sex"],
) =>
  transaction(pool, async (connection) => {
    const consent = (await lockDisclosure(connection, consentId, "share", new Date()))!;
    return disclose(connection, { sealer, clock: () => new Date() }, consent, { names, way: "attributes" });
  });
