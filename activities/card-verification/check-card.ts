import { verifyCardSignature } from "../../pki/card-verification/verify.ts";
import type { TrustAnchor } from "../../pki/jpki/trust-anchors.ts";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import { cardReference } from "../../registry/recognition/persons.ts";
import { type JLis, JLisUnavailable } from "../j-lis/j-lis.ts";
import { askIssuer } from "./ask-issuer.ts";

export interface CardCheckDeps {
  jlis: Pick<JLis, "askStatus">;
  anchors: readonly TrustAnchor[];
  recognitionKey: Uint8Array;
  clock: () => Date;
}

/** What a card signed, verified before its issuer is asked. */
export interface ReadCard {
  ok: true;
  content: Uint8Array;
  /** The keyed hash by which the card's person is recognised. */
  reference: Buffer;
  /** Asks the issuer, at a charge: call it last. Returns the refusal; `undefined` if the card is good. */
  refusal(): Promise<Refused | undefined>;
}

/** Verifies what a card signed just now: signature, path and profile. The caller asks for the card's status last. */
export function makeCardReader(deps: CardCheckDeps): (cms: Uint8Array) => Promise<ReadCard | Refused> {
  return async (cms) => {
    const verdict = verifyCardSignature({ cms, anchors: deps.anchors, at: deps.clock() });
    if (!verdict.ok) return refuse(verdict.code, verdict.detail);
    const { content, card, anchor } = verdict;
    const issued = { issuerKeyId: anchor.keyId, serial: card.serial };
    const refusal = async (): Promise<Refused | undefined> => {
      try {
        return (await askIssuer(deps, { card, anchor })).refusal;
      } catch (error) {
        if (!(error instanceof JLisUnavailable)) throw error;
        return refuse("TRY_AGAIN", "The issuer of the card's certificate does not answer.");
      }
    };
    return { ok: true, content, reference: cardReference(deps.recognitionKey, issued), refusal };
  };
}
