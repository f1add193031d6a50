import "reflect-metadata";
import { createHash, createPublicKey, randomUUID, verify, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { webCryptoDeviceKey } from "../../client/app/device-key.ts";
import { signTransaction } from "../../client/app/transaction.ts";
import { verifySignedTransaction } from "../../client/relying-party/signed-transaction.ts";
import { labels } from "../../protocol/labels.ts";
import type { TransactionContent } from "../../protocol/transaction.ts";
import { run } from "../measure.ts";
import type { Runs } from "../runs.ts";

export const names = {
  raw: "one raw P-256 verification",
  transaction: "a signed transaction verified: path, content, signature",
} as const;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;

/** Verifications of signed transactions beside as many of P-256 alone, in turns. */
export async function benchVerification(runs: Runs, rounds: number, each: number): Promise<void> {
  const { cms, root } = await signed();
  const raw = await rawSignature();
  const work = {
    [names.raw]: async () => {
      if (!verify("sha256", raw.data, raw.key, raw.signature)) throw new Error("It does not verify.");
    },
    [names.transaction]: async () =>
      verifySignedTransaction(cms, { roots: [root], party: "abc-bank", subject: "phone" }),
  };
  for (const one of Object.values(work)) await run(50, 1, one);
  for (let round = 0; round < rounds; round += 1)
    for (const [name, one] of Object.entries(work)) runs.add(name, 1, await run(each, 1, one));
}

const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

async function signed(): Promise<{ cms: Uint8Array; root: Uint8Array }> {
  const [ca, phone] = await Promise.all([makeKeys(), makeKeys()]);
  const common = {
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
    signingAlgorithm: algorithm,
  };
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      ...common,
      serialNumber: "01",
      name: "CN=Root",
      keys: ca,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
    },
    webcrypto,
  );
  const leaf = await X509CertificateGenerator.create(
    {
      ...common,
      serialNumber: "02",
      subject: [{ "2.5.4.5": ["phone"] }],
      issuer: root.subject,
      publicKey: phone.publicKey,
      signingKey: ca.privateKey,
      extensions: [new KeyUsagesExtension(KeyUsageFlags.nonRepudiation, true)],
    },
    webcrypto,
  );
  const spki = new Uint8Array(await webcrypto.subtle.exportKey("spki", phone.publicKey));
  const deviceKey = webCryptoDeviceKey({ privateKey: phone.privateKey, spki });
  const content: TransactionContent = {
    type: labels.transaction,
    transactionId: randomUUID(),
    party: { id: "abc-bank", name: { ja: "ABC銀行", en: "ABC Bank" } },
    shown: { title: "Transfer", lines: [{ label: "Amount", value: "¥120,000" }] },
    requestedAt: new Date().toISOString(),
  };
  const certificate = new Uint8Array(leaf.rawData);
  const cms = await signTransaction(JSON.stringify(content), { deviceKey, certificate });
  return { cms, root: new Uint8Array(root.rawData) };
}

async function rawSignature() {
  const { privateKey, publicKey } = await makeKeys();
  const spki = Buffer.from(await webcrypto.subtle.exportKey("spki", publicKey));
  const data = createHash("sha256").update("what is signed").digest();
  const deviceKey = webCryptoDeviceKey({ privateKey, spki: new Uint8Array(spki) });
  const signature = await deviceKey.sign(new Uint8Array(data));
  return { data, signature, key: createPublicKey({ key: spki, format: "der", type: "spki" }) };
}
