import { type CmsSignature, readCmsSignature } from "../cms/signature.ts";
import { idData } from "../cms/signed-data.ts";
import { CmsUnreadable } from "../cms/unreadable.ts";

/** A signature by a card is 2 to 3 KB; the largest application still fits (protocol/application.ts). */
export const largestCms = 24_576;
/** How much of a card's CMS is read: its certificate, and room for a chain nobody needs. */
export const cardCmsLimits = { octets: largestCms, certificates: 4, attributes: 16 };

/**
 * Reads a CMS signature as a card's driver makes it, and nothing wider: id-data, and neither unsigned attributes nor
 * CRLs, which are refused rather than skipped: nobody needs them here, and without them one signature has one encoding.
 * @throws CmsUnreadable, BadCertificate
 */
export function readCardSignature(cms: Uint8Array): CmsSignature {
  const signature = readCmsSignature(cms, idData, cardCmsLimits);
  if (signature.hasUnsigned)
    throw new CmsUnreadable(
      "MALFORMED",
      "The CMS carries unsigned attributes or CRLs, which no card writes.",
    );
  return signature;
}
