import "reflect-metadata";
import { createHash, randomBytes, randomUUID, webcrypto } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";
import type { Pool } from "pg";
import { makeWebCryptoDeviceKey, webCryptoDeviceKey } from "../../../client/app/device-key.ts";
import type { PhoneEnrolment } from "../../../client/app/phone-message.ts";
import type { AttributeName } from "../../../protocol/names.ts";
import {
  addAttributeRecord as addVersion,
  type RecordAttributes,
} from "../../../registry/attribute-record/records.ts";
import { registerParty } from "../../../registry/party/parties.ts";
import { Sealer } from "../../../registry/sealing.ts";
import { insert } from "./postgres.ts";

export const issuer = "https://ca.example";
export const sealer = new Sealer({ current: "k", keys: new Map([["k", randomBytes(32)]]) });
export const day = 86_400_000;

export const firstRecord: RecordAttributes = {
  name: "山田　太郎",
  nameSubstitution: "",
  sex: "male",
  dateOfBirth: "419900401",
  address: "東京都千代田区千代田一丁目１番１号",
  addressSubstitution: "",
};
export const moved: RecordAttributes = { ...firstRecord, address: "大阪府大阪市北区中之島一丁目３番２０号" };

/** One person at one party, with a phone and a consent: the rows that a tap leaves. */
export interface Person {
  personId: string;
  partyId: string;
  consentId: string;
  phone: PhoneEnrolment;
}

/** Makes a party, a person whose attribute record has two versions (they moved), a phone, and a consent to all but sex. */
export async function makePerson(
  pool: Pool,
  options: { partyId?: string; records?: RecordAttributes[]; attributes?: AttributeName[] } = {},
): Promise<Person> {
  const { records = [firstRecord, moved], attributes = ["name", "address", "dateOfBirth"] } = options;
  const partyId = options.partyId ?? `party-${randomUUID()}`;
  const personId = randomUUID();
  const consentId = randomUUID();
  await registerParty(pool, {
    id: partyId,
    name: { ja: "ABC銀行", en: "ABC Bank" },
    apps: [{ id: "app", attestation: "optional" }],
  });
  await insert(pool, "persons", { id: personId });
  for (const [index, record] of records.entries())
    await addAttributeRecord(pool, personId, index + 1, record);
  const notice = createHash("sha256").update(randomUUID()).digest("base64url");
  await insert(pool, "notices", {
    sha256: notice,
    id: randomUUID(),
    purpose: "disclosure",
    version: "1",
    language: "ja",
    text: "説明",
  });
  await insert(pool, "consents", {
    id: consentId,
    person_id: personId,
    party_id: partyId,
    kind: "disclosure",
    attributes,
    notice_sha256: notice,
    state: "in-force",
    revision: 1,
    valid_from: new Date(),
    valid_until: new Date(Date.now() + 3_650 * day),
    remind_at: new Date(Date.now() + 365 * day),
    disclosed_version: 1,
    settled_version: 1,
  });
  const phone = await addPhone(pool, personId, partyId);
  return { personId, partyId, consentId, phone };
}

/** Writes a version of the attribute record as from J-LIS. */
export const addAttributeRecord = (
  pool: Pool,
  personId: string,
  version: number,
  attributes: RecordAttributes,
  changed: AttributeName[] = [],
): Promise<void> =>
  addVersion(pool, sealer, {
    personId,
    version,
    attributes,
    changed,
    proof: { source: "j-lis", answer: Buffer.from("answer") },
  });

/** A phone with an active enrolment and a good certificate, that the person has known of for long unless it is said otherwise. */
export async function addPhone(
  pool: Pool,
  personId: string,
  partyId: string,
  more: { profile?: "basic" | "attribute"; generation?: string; notAfter?: Date; isKnown?: boolean } = {},
): Promise<PhoneEnrolment> {
  const [enrolmentId, evidenceId, intentId] = [randomUUID(), randomUUID(), randomUUID()];
  const serial = `7${randomBytes(16).toString("hex").slice(1)}`;
  const { key, certificate, notBefore, notAfter } = await makeCertificate(serial, more.notAfter);
  const spkiSha256 = createHash("sha256").update(key.spki).digest("base64url");
  await insert(pool, "evidence", {
    id: evidenceId,
    enrolment_id: enrolmentId,
    application_sha256: "x",
    sealed: "sealed",
  });
  await insert(pool, "applications", { enrolment_id: enrolmentId, evidence_id: evidenceId });
  await insert(pool, "enrolments", {
    id: enrolmentId,
    person_id: personId,
    party_id: partyId,
    app_id: "app",
    pseudonym: `pseudonym-${personId.slice(0, 8)}`,
    spki_sha256: spkiSha256,
    state: "active",
    is_first_phone: more.isKnown ?? true,
  });
  await insert(pool, "issuance_intents", {
    id: intentId,
    enrolment_id: enrolmentId,
    serial,
    tbs: "",
    profile: more.profile ?? "basic",
    profile_hash: "",
    evidence_id: evidenceId,
    evidence_sha256: "",
    issuer_key_id: "",
    generation: more.generation ?? "g1",
    crl_shard: 0,
    spki_sha256: spkiSha256,
  });
  await insert(pool, "certificates", {
    id: intentId,
    enrolment_id: enrolmentId,
    serial,
    der: certificate,
    not_before: notBefore,
    not_after: notAfter,
  });
  return { enrolmentId, deviceKey: key, issuer };
}

/** A certificate over a device key. Who signed it is no matter here: what the registry holds is the CA's own. */
async function makeCertificate(serialNumber: string, notAfter = new Date(Date.now() + 365 * day)) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const { publicKey, privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notBefore = new Date(Date.now() - day);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber,
      subject: "CN=phone",
      issuer: "CN=CA",
      notBefore,
      notAfter,
      publicKey,
      signingKey: privateKey,
      signingAlgorithm: algorithm,
    },
    webcrypto,
  );
  const spki = new Uint8Array(await webcrypto.subtle.exportKey("spki", publicKey));
  return {
    key: webCryptoDeviceKey({ privateKey, spki }),
    certificate: Buffer.from(certificate.rawData),
    notBefore,
    notAfter,
  };
}

export const strangersKey = makeWebCryptoDeviceKey;
