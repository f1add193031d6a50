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

/** What a person signs to consent. Other members are the verifier's own. */
const consentContent = z.object({
  type: z.literal("kazasu/register-consent/1"),
  attributes: z.array(z.enum(items)).min(1).max(items.length),
});
const withdrawalContent = z.object({
  type: z.literal("kazasu/register-consent-withdrawal/1"),
  consentId: z.string(),
});

/**
 * The consents at J-LIS, under which this verifier may request a person's latest attributes. One is in force for each person.
 */
export class Consents {
  readonly #store: Store;
  readonly #clock: () => Date;

  constructor(store: Store, clock: () => Date) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Registers a signed consent and ends an older one of the person. The same signature again gives the same consent, in its
   * current state: a withdrawn consent is not restored by sending it again.
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

  /** The consent with this id; 404 if there is none. */
  find(id: string): ConsentView {
    const found = this.#store.consent(id);
    if (found) return consentView(found.consent, this.#clock());
    throw new HttpRefusal(404, "NO_SUCH_CONSENT", "There is no consent of this id.", "Check the id.");
  }

  /** Accepts a signed withdrawal. Refuses with NOT_CONSENTED if there is no such consent of the signer. */
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

  /** The answer, once its content is stored, possibly by an earlier request whose answer was lost. */
  async #saved(holder: Holder, consent: StoredConsent): Promise<ConsentView> {
    await this.#store.saveHolder(holder);
    return consentView(consent, this.#clock());
  }
}
