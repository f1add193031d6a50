import { randomUUID } from "node:crypto";
import { z } from "zod";
import { HttpRefusal } from "../http.ts";
import {
  type ConsentView,
  consentView,
  items,
  type StoredConsent,
  stateOf,
  termFrom,
  withdraw,
} from "./consent.ts";
import { refusal } from "./refusals.ts";
import { readSigned, refuseEnded } from "./signed-content.ts";
import type { Holder, Store } from "./store.ts";

/** What a person signs to consent. Other members are the verifier's own business. */
const consentContent = z.object({
  type: z.literal("kazasu/register-consent/1"),
  attributes: z.array(z.enum(items)).min(1).max(items.length),
});
const withdrawalContent = z.object({
  type: z.literal("kazasu/register-consent-withdrawal/1"),
  consentId: z.string(),
});

/** The consents J-LIS holds: that this verifier may ask for a person's latest attributes. One counts for each person. */
export class Consents {
  readonly #store: Store;
  readonly #clock: () => Date;

  constructor(store: Store, clock: () => Date) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Takes a signed consent; an older one of the person ends. The same signature again gives the same consent, in
   * whatever state it is: a consent that was withdrawn does not come back by being sent once more.
   */
  async register(cms: Uint8Array): Promise<ConsentView> {
    const { holder, certificate, content, signature } = await readSigned(this.#store, cms);
    const repeated = holder.consents?.find((consent) => consent.signature === signature);
    if (repeated) return this.#saved(holder, repeated);
    const now = this.#clock();
    refuseEnded(certificate, now);
    const parsed = consentContent.safeParse(content);
    if (!parsed.success) throw refusal("REQUEST_FAILED");
    withdraw(holder.consents ?? [], now);
    const consent = {
      id: randomUUID(),
      items: [...new Set(parsed.data.attributes)],
      receivedAt: now.toISOString(),
      ...termFrom(now),
      signature,
      delivered: [],
    };
    this.#store.addConsent(holder, consent);
    this.#store.bill("consents");
    return this.#saved(holder, consent);
  }

  /** The consent of this id; 404 when there is none. */
  find(id: string): ConsentView {
    const found = this.#store.consent(id);
    if (found) return consentView(found.consent, this.#clock());
    throw new HttpRefusal(404, "NO_SUCH_CONSENT", "There is no consent of this id.", "Check the id.");
  }

  /** Takes a signed withdrawal. Refuses with NOT_CONSENTED when there is no such consent of the signer. */
  async withdraw(id: string, cms: Uint8Array): Promise<ConsentView> {
    const { holder, certificate, content } = await readSigned(this.#store, cms);
    const parsed = withdrawalContent.safeParse(content);
    if (!parsed.success || parsed.data.consentId !== id) throw refusal("REQUEST_FAILED");
    const consent = holder.consents?.find((each) => each.id === id);
    if (!consent) throw refusal("NOT_CONSENTED");
    const now = this.#clock();
    if (stateOf(consent, now) === "in-force") {
      refuseEnded(certificate, now);
      withdraw([consent], now);
    }
    return this.#saved(holder, consent);
  }

  /** The answer, once what it says is stored, were it by an earlier request whose answer never arrived. */
  async #saved(holder: Holder, consent: StoredConsent): Promise<ConsentView> {
    await this.#store.saveHolder(holder);
    return consentView(consent, this.#clock());
  }
}
