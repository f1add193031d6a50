import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import { hashedByNode } from "./node-signed-input.ts";
import { type Crl, readCrl } from "./read.ts";
import type { CrlRules } from "./rules.ts";
import { placeOfText } from "./scope.ts";
import { SerialList } from "./serial-list.ts";
import { UnusableCrl } from "./unusable-crl.ts";

/** The requested part of JPKI's CRL: one for each CA and city. */
export interface CrlPartQuestion extends Pick<CrlRules, "at" | "after"> {
  anchors: readonly TrustAnchor[];
  /** Subject key identifier of its CA, hex. */
  issuerKeyId: string;
  /** Its name in certificates, as text; not checked if absent. */
  distributionPoint?: string;
  maxBytes?: number;
}

export interface CrlPart extends Crl {
  issuerKeyId: string;
  /** Serials and reasons, in the order of the list. */
  entries: SerialList;
}

/**
 * Reads a part of JPKI's CRL as a stream (Node). The signed bytes are hashed as they are streamed, so memory has only the
 * serials.
 * @throws UnusableCrl with the reason why the list is refused; errors of the transfer
 */
export async function readCrlPart(
  chunks: AsyncIterable<Uint8Array>,
  { anchors, issuerKeyId, distributionPoint, ...rules }: CrlPartQuestion,
): Promise<CrlPart> {
  const anchor = anchors.find(({ use, keyId }) => use === "signature" && keyId === issuerKeyId);
  if (!anchor) {
    await chunks[Symbol.asyncIterator]().return?.();
    throw new UnusableCrl("The issuer of the CRL is not a trust anchor.");
  }
  const entries = new SerialList();
  const list = await readCrl(chunks, {
    ...rules,
    issuer: anchor.certificate,
    scope: {
      ...(distributionPoint !== undefined && { places: [placeOfText(distributionPoint)] }),
      isAuthority: false,
    },
    entries,
    signedInput: hashedByNode,
  });
  return { ...list, issuerKeyId, entries };
}
