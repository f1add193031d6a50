import { crlStatus } from "../../pki/crl/status.ts";
import { NotDer } from "../../pki/der/cursor.ts";
import { certIdOf, makeOcspRequest } from "../../pki/ocsp/request.ts";
import { ocspStatus } from "../../pki/ocsp/status.ts";
import { UnusableOcsp } from "../../pki/ocsp/unusable.ts";
import type { Certificate } from "../../pki/x509/certificate.ts";
import { crlDistributionPoints } from "../../pki/x509/distribution-point.ts";
import { BadCertificate, readExtension } from "../../pki/x509/extension.ts";
import type { GeneralName } from "../../pki/x509/general-name.ts";
import { accessMethods, authorityInfoAccess } from "../../pki/x509/information-access.ts";
import { caName } from "../../pki/x509/path/facts.ts";
import { run } from "../../pki/x509/signature.ts";
import { verifySignature } from "../../pki/x509/verify-signature.ts";
import type { ValidPath } from "./certificate-path.ts";
import { requireMoment } from "./given.ts";
import { fetchStatus, NoStatus, type StatusFetch } from "./status-request.ts";

/** The source of a certificate's status. */
export type StatusMethod = "crl" | "ocsp";

export interface PathStatusQuestion {
  /** The source for the first certificate of the path. */
  method: StatusMethod;
  /** The time for which the answer must be current. */
  at: Date;
  fetch?: StatusFetch | undefined;
}

interface StatusQuestion extends PathStatusQuestion {
  certificate: Certificate;
  /** Its issuer in the validated path. */
  issuer: Certificate;
}

export type KnownStatus = { status: "good" } | { status: "revoked"; since: Date };

/**
 * Fetches the status of every certificate of a path except the root, from the URLs in it: for the first its CRL (RFC 5280 §6.3)
 * or its OCSP responder (RFC 6960, with a nonce), for the CAs above it their CRLs. From the root down, so that no revoked CA is
 * used.
 * @throws NoStatus without a usable answer
 * @throws TypeError if `method` is neither of the two
 */
export async function askPathStatus(path: ValidPath, question: PathStatusQuestion): Promise<KnownStatus> {
  requireMoment("the time", question.at);
  if (!Object.hasOwn(ways, question.method)) throw new TypeError('status must be "crl" or "ocsp".');
  for (let index = path.length - 2; index >= 0; index -= 1) {
    const [certificate, issuer] = path.slice(index, index + 2) as [Certificate, Certificate];
    const method = index === 0 ? question.method : "crl";
    const found = await askStatus({ ...question, certificate, issuer, method });
    if (found.status === "revoked") return found;
  }
  return { status: "good" };
}

async function askStatus(question: StatusQuestion): Promise<KnownStatus> {
  try {
    return await ways[question.method](question);
  } catch (cause) {
    if (cause instanceof BadCertificate || cause instanceof NotDer || cause instanceof UnusableOcsp)
      throw new NoStatus(cause.message, { cause });
    throw cause;
  }
}

const largestCrl = 64 * 1_048_576;
const largestOcsp = 65_536;
const nonceBytes = 32;

async function askCrl({ certificate, issuer, at, fetch }: StatusQuestion): Promise<KnownStatus> {
  const points = readExtension(certificate.extensions, crlDistributionPoints) ?? [];
  const names = points.flatMap(({ name, reasons, crlIssuer }) =>
    name && "fullName" in name && reasons === undefined && !crlIssuer ? name.fullName : [],
  );
  const url = urlOf(names);
  if (url === undefined) throw new NoStatus(`The certificate of ${caName(certificate)} names no CRL.`);
  const crl = await fetchStatus(url, { fetch, largest: largestCrl, what: "CRL" });
  const found = await crlStatus(crl, { certificate, issuer, at, maxBytes: largestCrl }, verifySignature);
  if (found.status === "unusable") throw new NoStatus(found.why);
  return found.status === "revoked" ? { status: "revoked", since: found.since } : { status: "good" };
}

async function askOcsp({ certificate, issuer, at, fetch }: StatusQuestion): Promise<KnownStatus> {
  const access = readExtension(certificate.extensions, authorityInfoAccess) ?? [];
  const places = access.filter(({ method }) => method === accessMethods.ocsp);
  const url = urlOf(places.map(({ location }) => location));
  if (url === undefined) throw new NoStatus("The certificate has no OCSP responder URL.");
  const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const asked = certIdOf(certificate.serial, issuer, "sha256");
  const response = await fetchStatus(url, {
    fetch,
    largest: largestOcsp,
    what: "OCSP response",
    method: "POST",
    headers: { "content-type": "application/ocsp-request", accept: "application/ocsp-response" },
    body: makeOcspRequest(asked, nonce),
  });
  const found = await run(ocspStatus(response, { asked, issuer, nonce, at }), verifySignature);
  if (found.status === "unknown") throw new NoStatus("The CA does not know the certificate.");
  return found.revokedAt ? { status: "revoked", since: found.revokedAt } : { status: "good" };
}

const ways = { crl: askCrl, ocsp: askOcsp };

/** The first URL that can be fetched. */
const urlOf = (names: readonly GeneralName[]): string | undefined =>
  names
    .flatMap((name) => (name.form === "uniformResourceIdentifier" ? [name.text] : []))
    .find((text) => /^https?:\/\//i.test(text));
