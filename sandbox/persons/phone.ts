import { setTimeout as sleep } from "node:timers/promises";
import { traced } from "../../client/app/card/apdu-trace.ts";
import type { Transmit } from "../../client/app/card/sign-card.ts";
import { type TappedCard, tap } from "../../client/app/card/tap.ts";
import { decide } from "../../client/app/consents.ts";
import { makeWebCryptoDeviceKey } from "../../client/app/device-key.ts";
import type { Gateway, GatewayConfiguration } from "../../client/app/gateway.ts";
import {
  activate,
  apply,
  type Begun,
  begin,
  type Enrolled,
  signInOneTap,
  type Tapped,
} from "../../client/app/one-tap.ts";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import { subscribeToPush } from "../../client/app/push-subscription.ts";
import type { NoticeReference } from "../../protocol/challenge.ts";
import { type AttributeName, attributeName, type Intent, type Language } from "../../protocol/names.ts";
import type { Happenings } from "../control/happenings.ts";
import { makePushReceiver, type PushReceiver } from "../devices/push-receiver.ts";
import { makePhoneKey, type SimulatedCard } from "../devices/simulated-card.ts";
import { ifItLives, mayStillCome } from "./living.ts";
import type { KeptEnrolment, PhoneFile } from "./phone-file.ts";

/** The sign PIN of every card of the sandbox. */
export const pin = "ABC12345";

const longestWaitSeconds = 15;
const pauseMs = 500;
const formerKept = 16;

/** What every phone of the sandbox connects to. */
export interface Surroundings {
  happenings: Happenings;
  gateway: Gateway;
  ca: GatewayConfiguration;
  attester: string;
  pushService: string;
}

/** The person's inputs at the card. */
export interface AtTheCard {
  /** Default: the card's own. */
  pin?: string | undefined;
  /** Whether they agree to use one of the last tries of the PIN. */
  lastTries?: boolean | undefined;
}

export interface TapOrder extends AtTheCard {
  party: string;
  app: string;
  intent: Intent;
  agree: readonly NoticeReference["purpose"][];
  binding?: string | undefined;
  /** Language of the notices. */
  language: Language;
}

/** A notice as shown on a phone. */
export interface ShownNotice {
  purpose: NoticeReference["purpose"];
  sha256: string;
  reference: NoticeReference;
  text: string;
  /** The attributes agreed to with it. */
  attributes: readonly AttributeName[];
}

/** What a phone shows before a tap: the party's registered name, signed by the CA, and each notice. */
export interface ShownNotices {
  party: Begun["claims"]["party"];
  notices: ShownNotice[];
}

/** An enrolment as stored on the phone, ready to sign for it. */
export type Enrolment = PhoneEnrolment &
  Pick<KeptEnrolment, "party" | "app" | "subject"> & {
    /** DER: the certificate for signing transactions, and the CA's certificates above it. */
    certificate: Uint8Array;
    chain: Uint8Array[];
  };

/**
 * A simulated phone: it uses the SDK's protocol with the CA, and APDUs with the card. It has a key for each app, stored in its
 * file.
 */
export class SandboxPhone {
  readonly #around: Surroundings;
  readonly #card: SimulatedCard;
  readonly #file: PhoneFile;
  #push: PushReceiver | undefined;
  #tapping: Promise<unknown> = Promise.resolve();
  #listening: Promise<void> = Promise.resolve();
  #onPush: () => void = () => {};

  constructor(around: Surroundings, card: SimulatedCard, file: PhoneFile) {
    this.#around = around;
    this.#card = card;
    this.#file = file;
  }

  /** Commands to the card are emitted to listeners, without a PIN. */
  readonly #transmit: Transmit = (apdu) =>
    traced(this.#card.transmit, ({ meaning, status, outcome }) =>
      this.#around.happenings.emit({ kind: "apdu", person: this.#card.name, meaning, status, outcome }),
    )(apdu);

  get kept(): readonly KeptEnrolment[] {
    return this.#file.state.enrolments;
  }

  /** The enrolments, all or at one party, the newest last. */
  async enrolments(party?: string): Promise<Enrolment[]> {
    return this.#opened(this.kept.filter((each) => party === undefined || each.party === party));
  }

  /** The enrolments on the person's former phones, the newest last. */
  async formerEnrolments(): Promise<Enrolment[]> {
    return this.#opened(this.#file.state.former);
  }

  #opened(wanted: readonly KeptEnrolment[]): Promise<Enrolment[]> {
    const { issuer } = this.#around.ca;
    return Promise.all(
      wanted.map(async ({ key, certificate, chain, ...kept }) => {
        const deviceKey = await makeWebCryptoDeviceKey({ jwk: key });
        return {
          ...kept,
          deviceKey,
          issuer,
          certificate: fromBase64(certificate),
          chain: chain.map(fromBase64),
        };
      }),
    );
  }

  /**
   * One tap to a certificate, replacing the app's enrolment, which a former phone keeps; a second tap waits for the first,
   * because there is one card. Throws what {@link oneTap} throws.
   */
  tap(order: TapOrder): Promise<Enrolment> {
    const tapped = this.#tapping.catch(() => {}).then(() => this.#tap(order));
    this.#tapping = tapped;
    return tapped;
  }

  /** The notices of an app, as a tap would show them. Throws what {@link begin} throws. */
  async notices(order: Pick<TapOrder, "party" | "app" | "language">): Promise<ShownNotices> {
    const { gateway, ca, attester } = this.#around;
    const deviceKey = await makePhoneKey(attester);
    const begun = await begin({ ...order, gateway, serviceKey: ca.serviceKeys, intent: "enrol", deviceKey });
    const notices = begun.notices.map(({ notice: reference, text }) => ({
      purpose: reference.purpose,
      sha256: reference.sha256,
      reference,
      text,
      attributes: reference.purpose === "terms" ? [] : attributeName.options,
    }));
    return { party: begun.claims.party, notices };
  }

  async #tap(order: TapOrder): Promise<Enrolment> {
    const { party, app, intent, agree, binding, language } = order;
    const { gateway, ca, attester } = this.#around;
    const deviceKey = await makePhoneKey(attester);
    const begun = await begin({
      gateway,
      serviceKey: ca.serviceKeys,
      party,
      app,
      intent,
      language,
      deviceKey,
    });
    const decisions = decide(
      begun.notices.map(({ notice }) => notice),
      [...agree],
    );
    let tapped: Tapped;
    try {
      const more = { decisions, ...(binding === undefined ? {} : { binding }) };
      tapped = await signInOneTap(begun, { ...this.#atTheCard(order), ...more });
    } finally {
      await this.#card.remove();
    }
    this.#cardIsAway();
    const { enrolmentId, subject, certificate, chain } = await untilAnswered(begun, async () =>
      activate(await apply(tapped)),
    );
    const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", deviceKey.privateKey);
    const key = { kty, crv, x, y, d } as KeptEnrolment["key"];
    const kept = { enrolmentId, party, app, subject, key };
    const isOther = (each: KeptEnrolment) => each.party !== party || each.app !== app;
    const replaced = this.kept.filter((each) => !isOther(each));
    const ders = { certificate: toBase64(certificate), chain: chain.map(toBase64) };
    await this.#file.keep({
      enrolments: [...this.kept.filter(isOther), { ...kept, ...ders }],
      former: [...this.#file.state.former, ...replaced].slice(-formerKept),
    });
    const enrolment = { enrolmentId, party, app, subject, deviceKey, issuer: ca.issuer, certificate, chain };
    await this.#reachable(enrolment);
    return enrolment;
  }

  readonly #atTheCard = ({ pin: typed = pin, lastTries = false }: AtTheCard) => ({
    transmit: this.#transmit,
    pin: typed,
    onFewTries: async () => lastTries,
  });

  #cardIsAway(): void {
    this.#around.happenings.emit({ kind: "card", person: this.#card.name, place: "away" });
  }

  /** Holds the card to the phone for a login or a transaction. Throws CardError. */
  readonly holdCard = (at: AtTheCard = {}): Promise<TappedCard> => tap(this.#atTheCard(at));
  readonly putCardAway = async (): Promise<void> => {
    await this.#card.remove();
    this.#cardIsAway();
  };

  /** Switches the phone on: it receives pushes for its enrolments again. `onPush` is called for each. */
  async switchOn(onPush: () => void): Promise<void> {
    this.#onPush = onPush;
    for (const enrolment of await this.enrolments()) await ifItLives(this.#reachable(enrolment));
  }

  /** Ends its subscription, and the waiting. */
  async switchOff(): Promise<void> {
    const push = this.#push;
    this.#push = undefined;
    await push?.close();
    await this.#listening;
  }

  async #reachable(enrolment: PhoneEnrolment): Promise<void> {
    const { ca, pushService, gateway } = this.#around;
    if (ca.vapidPublicKey === undefined) return;
    if (this.#push === undefined) {
      this.#push = await makePushReceiver(pushService, ca.vapidPublicKey);
      this.#listening = this.#listen(this.#push);
    }
    await subscribeToPush(gateway, enrolment, { kind: "web", ...this.#push.subscription });
  }

  /**
   * Until the phone is switched off. Retries while the push service is unavailable; and because a push may be lost, or an
   * answer fail, the phone also polls from time to time.
   */
  async #listen(push: PushReceiver): Promise<void> {
    while (this.#push === push) {
      const arrived = await push.next(longestWaitSeconds).catch(() => "away" as const);
      if (this.#push !== push) return;
      if (arrived === "away") await sleep(pauseMs);
      else this.#onPush();
    }
  }
}

/**
 * Asks the CA for the result of a tap until it answers, while the challenge is valid. J-LIS may be unavailable; the card has
 * signed, and is no longer needed. Throws the CA's refusal.
 */
async function untilAnswered({ claims }: Begun, ask: () => Promise<Enrolled>): Promise<Enrolled> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!mayStillCome(error) || Date.now() > claims.exp * 1_000) throw error;
      await sleep(pauseMs);
    }
  }
}

const toBase64 = (der: Uint8Array): string => Buffer.from(der).toString("base64");
const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
