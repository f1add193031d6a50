import { verifyCardSignature } from "../../pki/card-verification/verify.ts";
import type { TrustAnchor } from "../../pki/jpki/trust-anchors.ts";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import { cardReference } from "../../registry/persons.ts";
import { type JLis, JLisUnavailable } from "../j-lis/j-lis.ts";
import { askIssuer } from "./ask-issuer.ts";

export interface CardCheckDeps {
  jlis: Pick<JLis, "askStatus">;
  anchors: readonly TrustAnchor[];
  recognitionKey: Uint8Array;
  clock: () => Date;
}

/**
 * A check of what a card signed just now, outside a lifecycle: a login that asks for the card. `content` is what stood
 * inside the CMS, `reference` the keyed hash by which the card's person is known.
 */
export function makeCardCheck(
  deps: CardCheckDeps,
): (cms: Uint8Array) => Promise<{ ok: true; content: Uint8Array; reference: Buffer } | Refused> {
  return async (cms) => {
    const verdict = verifyCardSignature({ cms, anchors: deps.anchors, at: deps.clock() });
    if (!verdict.ok) return refuse(verdict.code, verdict.detail);
    const { content, card, anchor } = verdict;
    try {
      const { refusal } = await askIssuer(deps, { card, anchor });
      if (refusal) return refusal;
    } catch (error) {
      if (!(error instanceof JLisUnavailable)) throw error;
      return refuse("TRY_AGAIN", "The issuer of the card's certificate does not answer.");
    }
    const reference = cardReference(deps.recognitionKey, {
      issuerKeyId: anchor.keyId,
      serial: card.serial,
    });
    return { ok: true, content, reference };
  };
}
