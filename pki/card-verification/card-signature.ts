import { type CmsSignature, readCmsSignature } from "../cms/signature.ts";
import { idData } from "../cms/signed-data.ts";
import { CmsUnreadable } from "../cms/unreadable.ts";

/** A card's signature has 2 to 3 KB; the limit allows the largest application (protocol/application.ts). */
export const largestCms = 24_576;
/** Limits on a card's CMS: its certificate, and an unnecessary chain. */
export const cardCmsLimits = { octets: largestCms, certificates: 4, attributes: 16 };

/**
 * Parses a CMS signature as made by a card's driver: id-data only; unsigned attributes and CRLs are refused, not skipped, so
 * that one signature has one encoding.
 * @throws CmsUnreadable, BadCertificate
 */
export function readCardSignature(cms: Uint8Array): CmsSignature {
  const signature = readCmsSignature(cms, idData, cardCmsLimits);
  if (signature.hasUnsigned)
    throw new CmsUnreadable("MALFORMED", "The CMS has unsigned attributes or CRLs, which no card writes.");
  return signature;
}
