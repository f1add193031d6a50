import { NotDer } from "../der/cursor.ts";
import { BadCertificate } from "../x509/extension.ts";

/** The list is not a DER CertificateList, or is not reliable. The message names no serial. */
export class UnusableCrl extends Error {
  override name = "UnusableCrl";
}

/** Converts parser errors into the reason why the list is refused. */
export const unusable = (error: unknown): unknown =>
  error instanceof NotDer || error instanceof BadCertificate
    ? new UnusableCrl(error.message, { cause: error })
    : error;
