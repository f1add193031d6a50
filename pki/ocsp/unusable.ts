/** The OCSP response is unusable. The message has the cause, and no personal data. */
export class UnusableOcsp extends Error {
  override name = "UnusableOcsp";
}
