import "reflect-metadata";
import { randomUUID, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { webCryptoDeviceKey } from "../../client/app/device-key.ts";
import { signTransaction } from "../../client/app/transaction.ts";
import { labels } from "../../protocol/labels.ts";
import type { TransactionContent } from "../../protocol/transaction.ts";

/** Transactions signed by people of one CA: the path is person, issuing CA, root. */
export interface SignedTransactions {
  root: Uint8Array<ArrayBuffer>;
  party: string;
  signed: { cms: Uint8Array<ArrayBuffer>; subject: string }[];
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;
type Keys = webcrypto.CryptoKeyPair;

interface Certified {
  keys: Keys;
  name: JsonName;
  der: Uint8Array<ArrayBuffer>;
}

/** Creates `people` transactions, each by another person, so that no verification finds a cached key. */
export async function signTransactions(people: number): Promise<SignedTransactions> {
  const root = await certify([{ CN: ["Root"] }], authority);
  const issuing = await certify([{ CN: ["Issuing CA"] }], authority, root);
  const signed = await Promise.all(
    Array.from({ length: people }, async () => {
      const subject = randomUUID();
      const usage = [new KeyUsagesExtension(KeyUsageFlags.nonRepudiation, true)];
      const person = await certify([{ "2.5.4.5": [subject] }], usage, issuing);
      const spki = new Uint8Array(await webcrypto.subtle.exportKey("spki", person.keys.publicKey));
      const deviceKey = webCryptoDeviceKey({ privateKey: person.keys.privateKey, spki });
      const signer = { deviceKey, certificate: person.der, chain: [issuing.der] };
      return { cms: await signTransaction(JSON.stringify(aTransfer()), signer), subject };
    }),
  );
  return { root: root.der, party: "abc-bank", signed };
}

const authority: Extension[] = [
  new BasicConstraintsExtension(true, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
];

const aTransfer = (): TransactionContent => ({
  type: labels.transaction,
  transactionId: randomUUID(),
  party: { id: "abc-bank", name: { ja: "ABC銀行", en: "ABC Bank" } },
  shown: { title: "Transfer", lines: [{ label: "Amount", value: "¥120,000" }] },
  requestedAt: new Date().toISOString(),
});

let serial = 1;

async function certify(name: JsonName, extensions: Extension[], issuer?: Certified): Promise<Certified> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  serial += 1;
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serial.toString(16).padStart(4, "0"),
      notBefore: new Date(Date.now() - day),
      notAfter: new Date(Date.now() + day),
      subject: name,
      issuer: issuer?.name ?? name,
      publicKey: keys.publicKey,
      signingKey: issuer?.keys.privateKey ?? keys.privateKey,
      signingAlgorithm: algorithm,
      extensions,
    },
    webcrypto,
  );
  return { keys, name, der: new Uint8Array(certificate.rawData) };
}
