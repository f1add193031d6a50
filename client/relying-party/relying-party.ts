import {
  type Acknowledgement,
  acknowledgement,
  type DisclosedAttributes,
  disclosedAttributes,
} from "../../protocol/events.ts";
import { AuthorityUnreachable, callAuthority, type RelyingPartyOptions } from "./authority-call.ts";

/**
 * A relying party's client of the CA's gateway. The party's OAuth library obtains the tokens, with the scope `attributes`.
 *
 * @example
 * const event = await verifySet(set, { jwks, issuer: stream.iss, audience: stream.aud });
 * if (event.type === "attributes-changed") {
 *   const now = await ca.attributes(event.consentId);
 *   await customers.write(now.sub, now.attributes);
 *   await ca.acknowledge({ consentId: now.consentId, anchorVersion: now.anchorVersion, outcome: "applied" });
 * }
 */
export class RelyingPartyClient {
  readonly #options: RelyingPartyOptions;

  constructor(options: RelyingPartyOptions) {
    this.#options = options;
  }

  /**
   * The consented attributes as the person last agreed to them. With `furigana`, the name has its furigana (フリガナ) if the
   * register has supplied it; a CA older than 30 November 2026 refuses the option as malformed.
   * @throws PartyRefusal with code CONSENT_NOT_IN_FORCE if the person has withdrawn: delete what is not needed
   * @throws AuthorityUnreachable
   */
  async attributes(consentId: string, ask: { furigana?: boolean } = {}): Promise<DisclosedAttributes> {
    const include = ask.furigana ? "&include=furigana" : "";
    const path = `/v1/attributes?consent=${encodeURIComponent(consentId)}${include}`;
    const answer = disclosedAttributes.safeParse(await callAuthority(this.#options, { method: "GET", path }));
    if (!answer.success || answer.data.consentId !== consentId)
      throw new AuthorityUnreachable("The answer does not match this version of the interface.");
    return answer.data;
  }

  /**
   * Acknowledges a version; idempotent. Repeated once under the same Idempotency-Key if there is no answer.
   * @throws PartyRefusal with code ACKNOWLEDGEMENT_UNEXPECTED; AuthorityUnreachable
   */
  async acknowledge(what: Acknowledgement): Promise<void> {
    const body = acknowledgement.parse(what);
    const key = crypto.randomUUID();
    const send = () =>
      callAuthority(this.#options, { method: "POST", path: "/v1/acknowledgements", body, key });
    await send().catch((error: unknown) => {
      if (!(error instanceof AuthorityUnreachable)) throw error;
      return send();
    });
  }
}
