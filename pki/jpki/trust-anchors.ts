import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Certificate, readCertificate } from "../x509/certificate.ts";
import { readExtension } from "../x509/extension.ts";
import { basicConstraints, keyUsage, keyUsageBits } from "../x509/usage.ts";
import { isStrongCardKey } from "./card-key.ts";
import {
  authenticationPolicy,
  authenticationUnit,
  productionOrganization,
  signaturePolicy,
  testOrganization,
  testSignaturePolicy,
} from "./profile.ts";

/** A CA certificate trusted by the setting, and the use for which it is trusted. */
export interface TrustAnchor {
  name: string;
  /** Determined by the name of the CA: `O=JPKI` is production, whatever its source. */
  setting: "production" | "test";
  /** Only trust anchors for `signature` verify sign certificates. */
  use: "signature" | "authentication";
  certificate: Certificate;
  /** Its name as text; the same for all generations of the JPKI CA. */
  subject: string;
  /** Subject key identifier, hex: distinguishes the generations of one CA. */
  keyId: string;
  /** SHA-256 of the certificate, hex. */
  fingerprint: string;
  /** Certificates under this trust anchor must have one of these policies; if empty, none is accepted. */
  policies: readonly string[];
  publicKey: KeyObject;
}

const anchorList = z
  .array(
    z.strictObject({
      name: z.string().min(1),
      file: z.string().regex(/^[a-z0-9-]+\.pem$/),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  )
  .max(64);

/** The CAs that J-LIS publishes, as far as available: a generation of 2019 is missing. */
const shipped = new URL("./anchors/", import.meta.url);

/**
 * The trust anchors of a production setting: the public JPKI CAs included here, and those in `more` directories, which an
 * operator fills when J-LIS publishes a new generation: PEM files and an `anchors.json` with `{name, file, sha256}`. Throws if
 * a fingerprint differs or a certificate does not have the production name. Expired ones are included, because they verify old
 * evidence.
 */
export function productionAnchors(more: readonly URL[] = []): TrustAnchor[] {
  return [shipped, ...more].flatMap((directory) => {
    const list = anchorList.parse(JSON.parse(readFileSync(new URL("anchors.json", directory), "utf8")));
    return list.map(({ name, file, sha256 }) => {
      const [certificate, ...others] = certificatesOf(readFileSync(new URL(file, directory), "utf8"));
      if (!certificate || others.length > 0)
        throw new Error(`${file} does not hold exactly one certificate.`);
      const anchor = makeAnchor(certificate, name);
      if (anchor.fingerprint !== sha256) {
        throw new Error(
          `The trust anchor ${file} has the fingerprint ${anchor.fingerprint}, but anchors.json says ${sha256}. ` +
            "Compare both with what J-LIS publishes before changing either.",
        );
      }
      if (anchor.setting !== "production") {
        throw new Error(`The trust anchor ${file} is ${anchor.subject}, which is no production CA of JPKI.`);
      }
      return anchor;
    });
  });
}

/**
 * The trust anchors of an explicit test setting, from PEM text (the simulators' PKI or that of test cards). Throws for any name
 * except that of the test CAs, so that a test setting never trusts a lookalike of production.
 */
export function testAnchors(pem: string): TrustAnchor[] {
  const certificates = certificatesOf(pem);
  if (certificates.length === 0) throw new Error("The file of test trust anchors has no PEM certificate.");
  return certificates.map((certificate) => {
    const organizations = certificate.subject.values("O");
    if (organizations.some((value) => value.trim().toUpperCase() === productionOrganization)) {
      throw new Error(
        `${certificate.subject.text} has the name of the production CA. A test setting trusts O=${testOrganization} only.`,
      );
    }
    if (organizations.length !== 1 || organizations[0] !== testOrganization) {
      throw new Error(
        `${certificate.subject.text} is no test CA. A test setting trusts O=${testOrganization} only.`,
      );
    }
    return makeAnchor(certificate, certificate.subject.text);
  });
}

/**
 * Trust anchors given by hand, each PEM text with one or more certificates. The policy is bound to the CA's name here too; a CA
 * of any other name has no policy, so that nothing under it is ever accepted.
 */
export function anchorsFromPem(pems: readonly string[]): TrustAnchor[] {
  return pems.flatMap((pem) => {
    const certificates = certificatesOf(pem);
    if (certificates.length === 0) throw new Error("There is no PEM certificate.");
    return certificates.map((certificate) => makeAnchor(certificate, certificate.subject.text));
  });
}

const certificatesOf = (pem: string): Certificate[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(([block]) =>
    readCertificate(new Uint8Array(new X509Certificate(block).raw)),
  );

function makeAnchor(certificate: Certificate, name: string): TrustAnchor {
  const { subject, extensions, spki } = certificate;
  const usage = readExtension(extensions, keyUsage) ?? 0;
  const isCa = readExtension(extensions, basicConstraints)?.cA && (usage & keyUsageBits.keyCertSign) !== 0;
  if (certificate.version !== 3 || !isCa)
    throw new Error(`${subject.text} is not a CA certificate (basicConstraints, keyUsage keyCertSign).`);
  if (!isStrongCardKey(spki))
    throw new Error(`The key of ${subject.text} is too weak or of an unknown kind.`);
  const organizations = subject.values("O");
  const use = subject.values("OU").includes(authenticationUnit) ? "authentication" : "signature";
  return {
    name,
    setting: organizations.includes(productionOrganization) ? "production" : "test",
    use,
    certificate,
    subject: subject.text,
    // RFC 5280 §4.2.1.2, method 1, if a test CA has none.
    keyId: certificate.subjectKeyId ?? createHash("sha1").update(certificate.publicKeyBits).digest("hex"),
    fingerprint: createHash("sha256").update(certificate.der).digest("hex"),
    policies: policiesOf(organizations, use),
    publicKey: createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }),
  };
}

function policiesOf(organizations: readonly string[], use: TrustAnchor["use"]): readonly string[] {
  const production = organizations.includes(productionOrganization);
  if (use === "authentication") return production ? [authenticationPolicy] : [];
  if (production) return [signaturePolicy];
  return organizations.includes(testOrganization) ? [testSignaturePolicy] : [];
}
