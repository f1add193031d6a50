/** Why a CMS is no signature that can be checked. */
export type CmsFlaw = "MALFORMED" | "SIGNER_UNKNOWN" | "ATTRIBUTES_WRONG";

/** The message is no signature of the kind that is read here. Nothing of what was signed is in the text. */
export class CmsUnreadable extends Error {
  override name = "CmsUnreadable";
  readonly flaw: CmsFlaw;

  constructor(flaw: CmsFlaw, message: string, options?: ErrorOptions) {
    super(message, options);
    this.flaw = flaw;
  }
}
