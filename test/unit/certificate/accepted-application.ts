import { createHash, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { activationCodeMac, storeActivation } from "../../../registry/issuance/activations.ts";
import { addAttributeRecord, firstRecord } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";

const codeKey = randomBytes(32);

/** An application that was accepted, with its activation: what `issue` is called for. */
export async function acceptedApplication(
  pool: Pool,
  options: { profile?: "basic" | "attribute"; name?: string } = {},
) {
  const { profile = "basic", name = firstRecord.name } = options;
  const [personId, enrolmentId, evidenceId] = [randomUUID(), randomUUID(), randomUUID()];
  const partyId = `party-${randomUUID()}`;
  await insert(pool, "parties", { id: partyId, name_ja: "銀行", name_en: "Bank" });
  await insert(pool, "apps", { party_id: partyId, id: "app", attestation: "optional", profile });
  await insert(pool, "persons", { id: personId });
  await addAttributeRecord(pool, personId, 1, { ...firstRecord, name });
  await insert(pool, "evidence", {
    id: evidenceId,
    enrolment_id: enrolmentId,
    application_sha256: "x",
    sealed: randomBytes(20),
  });
  await insert(pool, "applications", { enrolment_id: enrolmentId, evidence_id: evidenceId });
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ format: "der", type: "spki" });
  const spkiSha256 = createHash("sha256").update(spki).digest("base64url");
  const codeMac = activationCodeMac(codeKey, enrolmentId, Buffer.from("code"));
  await insert(pool, "enrolments", {
    id: enrolmentId,
    person_id: personId,
    party_id: partyId,
    app_id: "app",
    pseudonym: randomUUID(),
    spki_sha256: spkiSha256,
    state: "applied",
    code_mac: codeMac,
  });
  const activationId = await storeActivation(pool, {
    enrolmentId,
    codeMac,
    csr: Buffer.from("csr"),
    spki,
    spkiSha256,
  });
  /** The activation of another code, with the same key. */
  const withCode = (code: string) =>
    storeActivation(pool, {
      enrolmentId,
      codeMac: activationCodeMac(codeKey, enrolmentId, Buffer.from(code)),
      csr: Buffer.from("csr"),
      spki,
      spkiSha256,
    });
  return { enrolmentId, activationId, spkiSha256, personId, withCode };
}
