/** The OCSP response says nothing that may be relied on. The message has the cause, and no personal data. */
export class UnusableOcsp extends Error {
  override name = "UnusableOcsp";
}
