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
 * Reads what a card signed just now, outside a lifecycle: a login that asks for the card. `content` is what stood inside the
 * CMS, `reference` the keyed hash by which the card's person is known. Nobody is asked before `askIssuer` is called.
 */
export function makeCardReader(deps: CardCheckDeps): (cms: Uint8Array) =>
  | {
      ok: true;
      content: Uint8Array;
      reference: Buffer;
      askIssuer: () => Promise<Refused | undefined>;
    }
  | Refused {
  return (cms) => {
    const verdict = verifyCardSignature({ cms, anchors: deps.anchors, at: deps.clock() });
    if (!verdict.ok) return refuse(verdict.code, verdict.detail);
    const { content, card, anchor } = verdict;
    const { keyId: issuerKeyId } = anchor;
    return {
      ok: true,
      content,
      reference: cardReference(deps.recognitionKey, { issuerKeyId, serial: card.serial }),
      async askIssuer() {
        try {
          return (await askIssuer(deps, { card, anchor })).refusal;
        } catch (error) {
          if (!(error instanceof JLisUnavailable)) throw error;
          return refuse("TRY_AGAIN", "The issuer of the card's certificate does not answer.");
        }
      },
    };
  };
}
