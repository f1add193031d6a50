import { constructedTag, NotDer, readDer, tags } from "../der/cursor.ts";
import { readTime } from "../der/read-time.ts";
import { readAlgorithm } from "../x509/algorithm.ts";
import { BadCertificate, readExtensions } from "../x509/extension.ts";
import { type Name, readName } from "../x509/name.ts";

/** deltaCRLIndicator (RFC 5280 §5.2.4). */
export const deltaCrlIndicator = "2.5.29.27";

/**
 * The issuer of a delta CRL; undefined for a full CRL, and for anything else. Delta CRLs are not applied: if one exists, the
 * full CRL alone does not give a certificate's status. Its entries and signature are ignored.
 */
export function deltaIssuer(crl: Uint8Array): Name | undefined {
  try {
    return readDer(crl, "CRL", (cursor) => {
      const list = cursor.enter();
      const tbs = list.enter();
      list.any();
      list.octetAlignedBits();
      list.finish();
      tbs.smallInteger();
      readAlgorithm(tbs);
      const issuer = readName(tbs);
      readTime(tbs);
      if (tbs.tag !== tags.sequence && !tbs.ended && tbs.tag !== constructedTag(0)) readTime(tbs);
      if (tbs.tag === tags.sequence) tbs.whole(tags.sequence);
      const extensions = tbs.enterIf(constructedTag(0));
      return extensions && readExtensions(extensions).has(deltaCrlIndicator) ? issuer : undefined;
    });
  } catch (error) {
    if (error instanceof NotDer || error instanceof BadCertificate) return undefined;
    throw error;
  }
}
