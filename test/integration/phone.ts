import { randomUUID } from "node:crypto";
import type { Transmit } from "../../client/app/card/sign-card.ts";
import { tap } from "../../client/app/card/tap.ts";
import { signWithCard } from "../../client/app/cms.ts";
import { consentRecords, type Decision, decide } from "../../client/app/consents.ts";
import type { DeviceKey } from "../../client/app/device-key.ts";
import { Gateway } from "../../client/app/gateway.ts";
import {
  type AppliedApplication,
  activate,
  apply,
  type Begun,
  begin,
  type Enrolled,
  type Tapped,
} from "../../client/app/one-tap.ts";
import { applicationContent, registerConsentContent } from "../../client/app/signed-content.ts";
import type {
  Application,
  Attestation,
  RegisterConsent,
  SealedApplication,
} from "../../protocol/application.ts";
import type { NoticeReference } from "../../protocol/challenge.ts";
import { encode, sha256, utf8 } from "../../protocol/encoding.ts";
import type { Intent } from "../../protocol/names.ts";
import { makePhoneKey, SimulatedCard } from "../../sandbox/devices/simulated-card.ts";
import { sealedApplication } from "./sealed-message.ts";
import { stack } from "./stack.ts";

export const pin = "ABC12345";
const gateway = new Gateway(stack.gateway);

export interface Wishes {
  party?: string;
  app?: string;
  intent?: Intent;
  /** What the person agrees to; the terms and the register refresh when absent. */
  agree?: NoticeReference["purpose"][];
  /** Instead of `agree`. */
  decisions?: Decision[];
  binding?: string;
  replaces?: string;
  /** Instead of a new key. */
  key?: DeviceKey;
}

interface Resident {
  register: { name: string; address: string };
  certificates: { serial: string }[];
}

/** An application before the tap: a test may change any piece, and the card will sign it so. */
export interface Draft {
  content: Application;
  consents: string[];
  registerConsent: RegisterConsent | undefined;
  attestation: Attestation | undefined;
}

/** Ways to tamper: with what the card will sign, or with what it has signed. */
export interface Tampering {
  before?: (draft: Draft) => unknown;
  after?: (message: SealedApplication) => unknown;
}

/** A phone in a test: an app with a key of its own, and somebody's card held to it. */
export class Phone {
  readonly card: SimulatedCard;
  /** The key of the newest challenge: every enrolment has one of its own. */
  key: DeviceKey;
  readonly transmit: Transmit;

  private constructor(card: SimulatedCard, key: DeviceKey) {
    this.card = card;
    this.key = key;
    this.transmit = card.transmit;
  }

  /** A phone with a card the town hall has just handed out, of a name nobody else has. */
  /** @param resident what the town hall registers; a persona chosen at random by default */
  static async new(resident: Record<string, string> = {}): Promise<Phone> {
    const card = new SimulatedCard(stack.jlis, `t-${randomUUID()}`);
    await card.issue({ signPin: pin, ...resident });
    return Phone.holding(card);
  }

  /** A phone with a card that has something wrong with it (see the simulator's `mint.ts`). */
  static async withFaultyCard(variant: string): Promise<Phone> {
    const card = new SimulatedCard(stack.jlis, `t-${randomUUID()}`);
    const made = await fetch(`${stack.jlis}/control/cards`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ card: card.name, variant, signPin: pin }),
    });
    if (!made.ok) throw new Error(`No card ${variant}: ${await made.text()}`);
    return Phone.holding(card);
  }

  /** A new phone (or a new key on the same one) and this card. */
  static async holding(card: SimulatedCard): Promise<Phone> {
    return new Phone(card, await makePhoneKey(stack.attester));
  }

  /** Whom the town hall knows as the holder of the card. */
  async resident(): Promise<Resident> {
    const found = await fetch(`${stack.jlis}/town-hall/residents/${this.card.name}`);
    return (await found.json()) as Resident;
  }

  async begin({
    party = "abc-bank",
    app = `${party}-app`,
    intent = "enrol",
    key,
  }: Wishes = {}): Promise<Begun> {
    this.key = key ?? (await makePhoneKey(stack.attester));
    const { serviceKeys } = await gateway.configuration();
    return begin({
      gateway,
      serviceKey: serviceKeys,
      party,
      app,
      intent,
      deviceKey: this.key,
      language: "ja",
    });
  }

  async draft(begun: Begun, wishes: Wishes = {}): Promise<Draft> {
    const { challenge, claims } = begun;
    const { agree = ["terms", "register-refresh"], binding, replaces } = wishes;
    const notices = begun.notices.map(({ notice }) => notice);
    const decisions = wishes.decisions ?? decide(notices, agree);
    const { texts, digests } = await consentRecords(decisions);
    const attestation = await this.key.attest?.({
      nonce: claims.jti,
      spkiSha256: claims.spkiSha256,
      app: claims.app,
    });
    const parts = { challenge, claims, consents: digests, attestation, binding, replaces };
    const towardsJlis = registerConsentContent(claims, decisions);
    return {
      content: parse(await applicationContent(parts)) as Application,
      consents: texts,
      registerConsent: towardsJlis && (parse(towardsJlis) as RegisterConsent),
      attestation,
    };
  }

  /** One tap. Throws a CardError. */
  async sign({ content, consents, registerConsent, attestation }: Draft): Promise<SealedApplication> {
    try {
      const card = await tap({ transmit: this.transmit, pin });
      const cms = async (signed: object) => encode(await signWithCard(card, utf8(JSON.stringify(signed))));
      return {
        application: await cms(content),
        consents,
        ...(registerConsent ? { registerConsent: await cms(registerConsent) } : {}),
        ...(attestation ? { attestation } : {}),
      };
    } finally {
      await this.card.remove();
    }
  }

  /** One tap on this challenge, tampered with as wished; what comes of it can be sent as often as one likes. */
  async tapped(begun: Begun, wishes: Wishes = {}, { before, after }: Tampering = {}): Promise<Tapped> {
    const draft = await this.draft(begun, wishes);
    await before?.(draft);
    return this.seal(begun, draft, after);
  }

  async seal(begun: Begun, draft: Draft, after?: Tampering["after"]): Promise<Tapped> {
    const message = await this.sign(draft);
    await after?.(message);
    const envelope = await sealedApplication(begun, message);
    return {
      begun,
      envelope,
      applicationSha256: await sha256(Buffer.from(message.application, "base64url")),
    };
  }

  /** The card held to the phone, its PIN verified. */
  tapCard = () => tap({ transmit: this.transmit, pin });

  /** Up to the activation code. */
  async applied(wishes: Wishes = {}): Promise<AppliedApplication> {
    return apply(await this.tapped(await this.begin(wishes), wishes));
  }

  /** All of it: one tap to a certificate. */
  async enrolled(wishes: Wishes = {}): Promise<Enrolled> {
    return activate(await this.applied(wishes));
  }
}

const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
