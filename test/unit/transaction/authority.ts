import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type DeviceKey, webCryptoDeviceKey } from "../../../client/app/device-key.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;
type Keys = webcrypto.CryptoKeyPair;

/** A certificate with its key, and what leads from it to its root, the root included. */
export interface Certified {
  keys: Keys;
  certificate: X509Certificate;
  der: Uint8Array<ArrayBuffer>;
  /** DER, issuer first. */
  chain: Uint8Array<ArrayBuffer>[];
}

export interface Wanted {
  subject: string | JsonName;
  extensions: Extension[];
  notBefore?: Date;
  notAfter?: Date;
  keys?: Keys;
}

export const makeKeys = (): Promise<Keys> =>
  webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

const authorityExtensions = (pathLength?: number): Extension[] => [
  new BasicConstraintsExtension(true, pathLength, true),
  new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
];

/** Certifies as the issuer asks, with key identifiers; by itself where there is no issuer. */
export async function certify(wanted: Wanted, issuer?: Certified): Promise<Certified> {
  const keys = wanted.keys ?? (await makeKeys());
  const signer = issuer?.keys ?? keys;
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: `40${randomBytes(8).toString("hex")}`,
      notBefore: wanted.notBefore ?? new Date(Date.now() - day),
      notAfter: wanted.notAfter ?? new Date(Date.now() + 365 * day),
      subject: wanted.subject,
      issuer: issuer?.certificate.subjectName.toJSON() ?? wanted.subject,
      publicKey: keys.publicKey,
      signingKey: signer.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        ...wanted.extensions,
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(signer.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const chain = issuer ? [issuer.der, ...issuer.chain] : [];
  return { keys, certificate, der: new Uint8Array(certificate.rawData), chain };
}

/** A root of a name of its own. */
export const makeRoot = (): Promise<Certified> =>
  certify({ subject: `CN=Root ${randomBytes(4).toString("hex")}`, extensions: authorityExtensions() });

export const rootCrlAddress = "http://ca.example/root.crl";

/** An issuing CA under a root, which names the root's CRL. */
export const makeIssuing = (root: Certified, crl = [rootCrlAddress]): Promise<Certified> =>
  certify(
    {
      subject: "C=JP, CN=Issuing CA",
      extensions: [...authorityExtensions(0), ...crl.map((url) => new CRLDistributionPointsExtension([url]))],
    },
    root,
  );

export const signingUsage: KeyUsageFlags = KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation;

/** As the basic profile names a person: pseudonym and serialNumber are the party's name for them. */
export const subjectOf = (pseudonym: string): JsonName => [
  { C: ["JP"] },
  { CN: [pseudonym] },
  { "2.5.4.65": [pseudonym] },
  { "2.5.4.5": [pseudonym] },
];

/** A phone's certificate for this pseudonym; by itself where there is no issuer. */
export const makePhone = (
  pseudonym: string,
  issuer?: Certified,
  { usage = signingUsage, ...more }: Partial<Wanted> & { usage?: KeyUsageFlags } = {},
): Promise<Certified> =>
  certify(
    { subject: subjectOf(pseudonym), extensions: [new KeyUsagesExtension(usage, true)], ...more },
    issuer,
  );

export async function deviceKeyOf({ keys }: Certified): Promise<DeviceKey> {
  const spki = new Uint8Array(await webcrypto.subtle.exportKey("spki", keys.publicKey));
  return webCryptoDeviceKey({ privateKey: keys.privateKey, spki });
}
