import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  CRLDistributionPointsExtension,
  X509Certificate,
  X509Crl,
} from "@peculiar/x509";
import { PathInvalid, validatePath } from "./certificate-path.ts";
import { covers } from "./crl-scope.ts";

/** What is known of a certificate at a moment. */
export type CertificateVerdict =
  | { status: "good" }
  /** From when on it does not count any more: when its revocation took effect at the CA, to the second. */
  | { status: "revoked"; since: Date }
  /** No path leads to a root, or it was not in its time. */
  | { status: "untrusted"; why: string }
  /** Nobody could be asked, or the answer cannot be relied on: not good, and worth asking again. */
  | { status: "unknown"; why: string };

export interface CertificateExpectation {
  /** Roots of the CA, DER. */
  roots: readonly Uint8Array[];
  /** Its issuing CAs, DER. */
  intermediates: readonly Uint8Array[];
  /** The moment for which it is asked; now by default. */
  at?: Date;
  /** Fetches the CRL that the certificate names: `fetch` by default. Give one that reaches the CA alone. */
  fetch?: (url: string, init: { signal: AbortSignal; redirect: "error" }) => Promise<Response>;
}

const timeoutMs = 10_000;
const largestCrl = 64 * 1_048_576;

/** The status cannot be told; `unknown` in the verdict. */
class NoStatus extends Error {}

/**
 * Verifies a certificate of the CA: its path (RFC 5280 §6.1) and, by the CRL that it names, its status (§6.3: of the
 * scope that the certificate names, signed by its issuer, in its time). A CRL is fetched each time; keep it for as long as its Cache-Control says where you ask often.
 */
export async function verifyCertificate(
  certificate: Uint8Array,
  expected: CertificateExpectation,
): Promise<CertificateVerdict> {
  const { roots, intermediates, at = new Date() } = expected;
  try {
    await validatePath(certificate, { roots, intermediates, at });
  } catch (error) {
    if (error instanceof PathInvalid) return { status: "untrusted", why: error.message };
    throw error;
  }
  try {
    const leaf = new X509Certificate(new Uint8Array(certificate));
    const url = crlAddress(leaf);
    const crl = await fetchCrl(url, expected);
    if (!covers(crl, url)) throw new NoStatus("The CRL is of another scope than the certificate names.");
    await requireStanding(crl, issuerOf(leaf, [...intermediates, ...roots]), at);
    const entry = crl.findRevoked(leaf.serialNumber);
    return entry ? { status: "revoked", since: entry.revocationDate } : { status: "good" };
  } catch (error) {
    if (error instanceof NoStatus) return { status: "unknown", why: error.message };
    throw error;
  }
}

function crlAddress(leaf: X509Certificate): string {
  const points = leaf.getExtension(CRLDistributionPointsExtension)?.distributionPoints;
  const url = points?.[0]?.distributionPoint?.fullName?.[0]?.uniformResourceIdentifier;
  if (url === undefined) throw new NoStatus("The certificate names no CRL.");
  return url;
}

async function fetchCrl(url: string, { fetch: ask = fetch }: CertificateExpectation): Promise<X509Crl> {
  try {
    const response = await ask(url, { signal: AbortSignal.timeout(timeoutMs), redirect: "error" });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok || bytes.length > largestCrl) throw new NoStatus("The CA gave no CRL.");
    return new X509Crl(bytes);
  } catch (error) {
    if (error instanceof NoStatus) throw error;
    throw new NoStatus("The CRL cannot be had, or is none.");
  }
}

function issuerOf(leaf: X509Certificate, authorities: readonly Uint8Array[]): X509Certificate {
  const keyId = leaf.getExtension(AuthorityKeyIdentifierExtension)?.keyId;
  const found = authorities
    .map((der) => new X509Certificate(new Uint8Array(der)))
    .find(
      (each) =>
        each.subject === leaf.issuer && each.getExtension("2.5.29.14") !== null && hasKeyId(each, keyId),
    );
  if (!found) throw new NoStatus("The certificate's issuer is not among those given.");
  return found;
}

const hasKeyId = (certificate: X509Certificate, keyId: string | undefined): boolean => {
  const extension = certificate.getExtension("2.5.29.14");
  return keyId === undefined || (extension !== null && "keyId" in extension && extension.keyId === keyId);
};

async function requireStanding(crl: X509Crl, issuer: X509Certificate, at: Date): Promise<void> {
  if (crl.issuer !== issuer.subject || !(await crl.verify({ publicKey: issuer })))
    throw new NoStatus("The CRL is not signed by the certificate's issuer.");
  if (crl.thisUpdate > at || (crl.nextUpdate ?? new Date(0)) <= at)
    throw new NoStatus("The CRL is not in its time.");
}
