/** Why a CMS is not a verifiable signature. */
export type CmsFlaw = "MALFORMED" | "SIGNER_UNKNOWN" | "ATTRIBUTES_WRONG";

/** The message is not a signature of the supported kind. The text quotes nothing of the signed content. */
export class CmsUnreadable extends Error {
  override name = "CmsUnreadable";
  readonly flaw: CmsFlaw;

  constructor(flaw: CmsFlaw, message: string, options?: ErrorOptions) {
    super(message, options);
    this.flaw = flaw;
  }
}
