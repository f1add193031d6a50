import "reflect-metadata";
import { randomBytes, randomUUID, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type DeviceKey, webCryptoDeviceKey } from "../../../client/app/device-key.ts";
import { signTransaction } from "../../../client/app/transaction.ts";
import type { TransactionExpectation } from "../../../client/relying-party/signed-transaction.ts";
import { labels } from "../../../protocol/labels.ts";
import { type TransactionContent, transactionType } from "../../../protocol/transaction.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;

/** A transaction signed by a phone whose certificate leads to a root of its own. */
export interface Signed {
  cms: Uint8Array;
  content: TransactionContent;
  deviceKey: DeviceKey;
  certificate: Uint8Array;
  rootPem: string;
  expected: TransactionExpectation;
}

export async function makeSigned(usage: KeyUsageFlags = defaultUsage): Promise<Signed> {
  const [ca, phone] = await Promise.all([makeKeys(), makeKeys()]);
  const time = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 365 * day) };
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      ...time,
      serialNumber: "01",
      name: `CN=Root ${randomBytes(4).toString("hex")}`,
      keys: ca,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    webcrypto,
  );
  const leaf = await X509CertificateGenerator.create(
    {
      ...time,
      serialNumber: "02",
      subject: "C=JP, CN=phone",
      issuer: root.subject,
      publicKey: phone.publicKey,
      signingKey: ca.privateKey,
      signingAlgorithm: algorithm,
      extensions: [new KeyUsagesExtension(usage, true)],
    },
    webcrypto,
  );
  const spki = new Uint8Array(await webcrypto.subtle.exportKey("spki", phone.publicKey));
  const deviceKey = webCryptoDeviceKey({ privateKey: phone.privateKey, spki });
  const certificate = new Uint8Array(leaf.rawData);
  const content: TransactionContent = {
    type: labels.transaction,
    transactionId: randomUUID(),
    party: { id: "abc-bank", name: { ja: "ABC銀行", en: "ABC Bank" } },
    shown: { title: "Transfer", lines: [{ label: "Amount", value: "¥120,000" }] },
    requestedAt: new Date().toISOString(),
  };
  const cms = await signTransaction(JSON.stringify(content), { deviceKey, certificate });
  const detail = { type: transactionType, shown: content.shown } as const;
  return {
    cms,
    content,
    deviceKey,
    certificate,
    rootPem: root.toString("pem"),
    expected: {
      roots: [new Uint8Array(root.rawData)],
      party: "abc-bank",
      detail,
    },
  };
}

const defaultUsage: KeyUsageFlags = KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation;

const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
