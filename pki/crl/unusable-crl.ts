import { NotDer } from "../der/cursor.ts";
import { BadCertificate } from "../x509/extension.ts";

/** The list is not the DER of a CertificateList, or not one that may be relied on. The message names no serial. */
export class UnusableCrl extends Error {
  override name = "UnusableCrl";
}

/** What the readers below report of a list's parts, as the reason why the list is not taken. */
export const unusable = (error: unknown): unknown =>
  error instanceof NotDer || error instanceof BadCertificate
    ? new UnusableCrl(error.message, { cause: error })
    : error;
