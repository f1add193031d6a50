import { X509Certificate } from "node:crypto";
import { findCertificate } from "../../registry/certificates.ts";
import type { Connection } from "../../registry/database.ts";
import { type Enrolment, findEnrolment } from "../../registry/enrolments.ts";
import { isRevoked } from "../../registry/revocations.ts";

/** An enrolment that is active, with a certificate in its time and not revoked; `undefined` where any of it fails. */
export async function findGoodEnrolment(
  connection: Connection,
  enrolmentId: string,
  now: Date,
): Promise<{ enrolment: Enrolment; certificate: X509Certificate } | undefined> {
  const enrolment = await findEnrolment(connection, enrolmentId);
  const issued = enrolment?.state === "active" ? await findCertificate(connection, enrolmentId) : undefined;
  if (!enrolment || !issued || (await isRevoked(connection, issued.serial))) return undefined;
  const certificate = new X509Certificate(issued.der);
  const isInTime = now >= new Date(certificate.validFrom) && now <= new Date(certificate.validTo);
  return isInTime ? { enrolment, certificate } : undefined;
}
