import "reflect-metadata";
import { randomBytes, randomUUID, webcrypto } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";
import type { Pool } from "pg";
import { webCryptoDeviceKey } from "../../client/app/device-key.ts";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import {
  addAttributeRecord as addVersion,
  type RecordAttributes,
} from "../../registry/attribute-record/records.ts";
import { storePushSubscription } from "../../registry/notification/push-subscriptions.ts";
import { publishNotice, registerParty } from "../../registry/party/parties.ts";
import type { Sealer } from "../../registry/sealing.ts";

export const partyId = "abc-bank";
export const issuer = "https://ca.example";
export const noticeSha256 = "A".repeat(43);
export const attributes = ["name", "address", "dateOfBirth", "sex"] as const;

const day = 86_400_000;
const firstHome = "東京都千代田区千代田一丁目１番１号";
const secondHome = "大阪府大阪市北区中之島一丁目３番２０号";

/** Somebody with an enrolled phone at the bank. */
export interface Person {
  personId: string;
  phone: PhoneEnrolment;
  /** The push endpoint of this phone. */
  endpoint: string;
}

/** Registers the bank and the notice, once. */
export async function addBank(pool: Pool): Promise<void> {
  const name = { ja: "ABC銀行", en: "ABC Bank" };
  await registerParty(pool, { id: partyId, name, apps: [{ id: "app", attestation: "optional" }] });
  const notice = { id: "disclosure", purpose: "disclosure", version: "1", language: "ja" } as const;
  await publishNotice(pool, { ...notice, sha256: noticeSha256, text: "説明" });
}

/** The rows of a person after a tap: attribute record, enrolment, certificate, push subscription. */
export async function addPerson(pool: Pool, sealer: Sealer): Promise<Person> {
  const [personId, enrolmentId, evidenceId, intentId] = Array.from({ length: 4 }, () => randomUUID()) as [
    string,
    string,
    string,
    string,
  ];
  const serial = randomBytes(16).toString("hex");
  const { deviceKey, certificate, notBefore, notAfter } = await makeCertificate();
  await pool.query("insert into persons (id) values ($1)", [personId]);
  await addAttributeRecord(pool, sealer, personId, 1);
  await pool.query(
    "insert into evidence (id, enrolment_id, application_sha256, sealed) values ($1, $2, 'x', '')",
    [evidenceId, enrolmentId],
  );
  await pool.query("insert into applications (enrolment_id, evidence_id) values ($1, $2)", [
    enrolmentId,
    evidenceId,
  ]);
  await pool.query(
    `insert into enrolments (id, person_id, party_id, app_id, pseudonym, spki_sha256, state)
     values ($1, $2, $3, 'app', $4, $5, 'active')`,
    [enrolmentId, personId, partyId, randomBytes(13).toString("hex"), randomUUID()],
  );
  await pool.query(
    `insert into issuance_intents (id, enrolment_id, serial, tbs, profile, profile_hash, evidence_id, evidence_sha256,
       issuer_key_id, generation, crl_shard, spki_sha256)
     values ($1, $2, $3, '', 'basic', '', $4, '', '', 'g1', 0, '')`,
    [intentId, enrolmentId, serial, evidenceId],
  );
  await pool.query(
    `insert into certificates (id, enrolment_id, serial, der, not_before, not_after)
     values ($1, $2, $3, $4, $5, $6)`,
    [intentId, enrolmentId, serial, certificate, notBefore, notAfter],
  );
  const endpoint = `https://push.example/${enrolmentId}`;
  const keys = { p256dh: "A".repeat(87), auth: "A".repeat(22) };
  await storePushSubscription(pool, sealer, { enrolmentId, address: { kind: "web", endpoint, keys } });
  return { personId, endpoint, phone: { enrolmentId, deviceKey, issuer } };
}

/** The next version of the person's attribute record, after a move. */
export async function addAttributeRecord(
  pool: Pool,
  sealer: Sealer,
  personId: string,
  version: number,
): Promise<void> {
  const attributes: RecordAttributes = {
    name: "山田　太郎",
    nameSubstitution: "",
    sex: "male",
    dateOfBirth: "419900401",
    address: version === 1 ? firstHome : secondHome,
    addressSubstitution: "",
  };
  const proof = { source: "j-lis", answer: Buffer.from("answer") } as const;
  await addVersion(pool, sealer, { personId, version, attributes, changed: [], proof });
}

/** A consent in force, as after a grant. */
export async function addConsent(pool: Pool, personId: string): Promise<string> {
  const consentId = randomUUID();
  await pool.query(
    `insert into consents (id, person_id, party_id, kind, attributes, notice_sha256, state, revision, valid_from,
       valid_until, remind_at, disclosed_version, settled_version)
     values ($1, $2, $3, 'disclosure', $4, $5, 'in-force', 1, now(), $6, $7, 1, 1)`,
    [
      consentId,
      personId,
      partyId,
      [...attributes],
      noticeSha256,
      new Date(Date.now() + 3_650 * day),
      new Date(Date.now() + 365 * day),
    ],
  );
  return consentId;
}

async function makeCertificate() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const { publicKey, privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const [notBefore, notAfter] = [new Date(Date.now() - day), new Date(Date.now() + 365 * day)];
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: "01",
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
    deviceKey: webCryptoDeviceKey({ privateKey, spki }),
    certificate: Buffer.from(certificate.rawData),
    notBefore,
    notAfter,
  };
}
