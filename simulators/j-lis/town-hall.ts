import { HttpRefusal } from "../http.ts";
import { freshMemory, freshPin } from "../my-number-card/memory.ts";
import { printedOf, surfaceOf } from "./card-surface.ts";
import { type Certification, cardEnd } from "./certification.ts";
import { withdraw } from "./consent.ts";
import { ageOn } from "./date-of-birth.ts";
import { KeyedLock } from "./keyed-lock.ts";
import {
  type Move,
  type MoveAbroad,
  mostCharacters,
  type NewPins,
  type NewResident,
  type Rename,
  type Renew,
  type Revoke,
} from "./orders.ts";
import { defaultPins, personaOf } from "./personas.ts";
import { type RegisterEntry, sexes, subjectAttributes } from "./register.ts";
import { type RevocationReason, reasonOf } from "./revocation.ts";
import type { Holder, IssuedCertificate, Store } from "./store.ts";

/** A holder who is in the register. */
export type Resident = Holder & { register: RegisterEntry };

/** The minimum age for a sign certificate. */
const ageOfSigning = 15;

const refuse = (status: number, error: string, message: string, next: string): never => {
  throw new HttpRefusal(status, error, message, next);
};

/** The counter at the town hall: all acts of residents and on their cards. Acts on one card run in turn. */
export class TownHall {
  readonly #store: Store;
  readonly #certification: Certification;
  readonly #clock: () => Date;
  readonly #acts = new KeyedLock();

  constructor(store: Store, certification: Certification, clock: () => Date) {
    this.#store = store;
    this.#certification = certification;
    this.#clock = clock;
  }

  /** Registers a resident and issues a card. 409 if the name is used or the person too young. */
  async register(order: NewResident): Promise<Resident> {
    return this.#acts.run(order.card, async () => {
      this.refuseTaken(order.card);
      const persona = personaOf(order.card);
      const register: RegisterEntry = {
        name: order.name ?? persona.name,
        formerName: order.formerName,
        furigana: order.furigana,
        address: order.address ?? persona.address,
        prefecture: order.prefecture ?? persona.prefecture,
        city: order.city ?? persona.city,
        dateOfBirth: order.dateOfBirth ?? persona.dateOfBirth,
        sex: order.sex ? sexes[order.sex] : persona.sex,
        alive: true,
      };
      refuseTooLong(register);
      const age = ageOn(register.dateOfBirth, this.#clock());
      if (age !== undefined && age < ageOfSigning) {
        refuse(
          409,
          "TOO_YOUNG",
          `Nobody under ${ageOfSigning} gets a sign certificate.`,
          "Use an earlier date of birth.",
        );
      }
      const resident: Resident = { card: order.card, register, cards: [], certificates: [] };
      await this.#handOut(resident, order);
      this.#store.add(resident);
      await this.#store.saveHolder(resident);
      return resident;
    });
  }

  refuseTaken(card: string): void {
    if (!this.#store.holder(card)) return;
    refuse(409, "CARD_EXISTS", "A card with this name exists already.", "Choose another name.");
  }

  /** The resident of a card. 404 if there is none. */
  resident(card: string): Resident {
    const holder = this.#store.holder(card);
    if (holder?.register) return holder as Resident;
    return refuse(
      404,
      "NO_SUCH_RESIDENT",
      "No resident has a card of this name.",
      "Register one at POST /town-hall/residents.",
    );
  }

  async move(card: string, to: Move): Promise<Resident> {
    return this.#act(card, (resident) => {
      const { prefecture = resident.register.prefecture, city = resident.register.city, address } = to;
      this.#change(resident, { address, prefecture, city, movedAbroad: undefined }, "moved");
    });
  }

  /** The person plans to leave Japan: recorded with the address, with the planned date. */
  async moveAbroad(card: string, movedAbroad: MoveAbroad): Promise<Resident> {
    return this.#act(card, (resident) => this.#change(resident, { movedAbroad }, "movedAbroad"));
  }

  /** A new name; former surname and furigana are removed unless given. */
  async rename(card: string, { name, formerName, furigana }: Rename): Promise<Resident> {
    return this.#act(card, (resident) => this.#change(resident, { name, formerName, furigana }, "renamed"));
  }

  /** The person withdraws the consent at J-LIS, there. 409 if none is in force. */
  async withdrawConsent(card: string): Promise<Resident> {
    return this.#act(card, ({ consents }) => {
      if (withdraw(consents ?? [], this.#clock()) > 0) return;
      refuse(409, "NO_CONSENT", "No consent of this person is in force.", "Register one at POST /consents.");
    });
  }

  /** A new sign certificate and key on the same card. The old one is superseded if it was still good. */
  async renew(card: string, { signPin }: Renew): Promise<Resident> {
    return this.#act(card, async (resident) => {
      const inUse = currentCard(resident);
      const { certificate, slot } = await this.#certification.sign(
        resident.register,
        this.#clock(),
        new Date(inUse.validUntil),
        { forecast: inUse.memory.forecast },
      );
      this.#revoke(resident, ["sign"], reasonOf.renewed);
      inUse.memory.sign = slot;
      if (inUse.memory.surface) inUse.memory.surface.printed = printedOf(resident.register);
      if (signPin !== undefined) inUse.memory.signPin = freshPin("sign", signPin);
      this.#store.addCertificate(resident, certificate);
    });
  }

  /** A new physical card under the same name, with new keys, certificates and PINs. The old one ends. */
  async newCard(card: string, order: NewPins): Promise<Resident> {
    return this.#act(card, (resident) => this.#handOut(resident, order));
  }

  /** The card is reported lost: both certificates are permanently put on hold. */
  async lose(card: string): Promise<Resident> {
    return this.#act(card, (resident) => this.#revoke(resident, ["sign", "auth"], reasonOf.lost));
  }

  /** Puts only the sign certificate on hold. */
  async hold(card: string): Promise<Resident> {
    return this.#act(card, (resident) => this.#revoke(resident, ["sign"], reasonOf.held));
  }

  /** Revokes the sign certificate. 409 if it is already revoked: the first reason is kept. */
  async revoke(card: string, { reason }: Revoke): Promise<Resident> {
    return this.#act(card, (resident) => {
      if (this.#revoke(resident, ["sign"], reason) > 0) return;
      refuse(409, "ALREADY_REVOKED", "The sign certificate is revoked already.", "Renew it first.");
    });
  }

  /** Restores all tries of the PINs, and sets those that are given. */
  async unlock(card: string, { signPin, authPin, assistPin }: NewPins): Promise<Resident> {
    return this.#act(card, (resident) => {
      const { memory } = currentCard(resident);
      memory.signPin = freshPin("sign", signPin ?? memory.signPin.value);
      memory.authPin = freshPin("auth", authPin ?? memory.authPin.value);
      if (memory.surface) {
        memory.surface.assistPin = freshPin("assist", assistPin ?? memory.surface.assistPin.value);
        memory.surface.number = freshPin("number", memory.surface.number.value);
      }
    });
  }

  /** The person dies: both certificates are revoked, and no further act is possible. */
  async die(card: string): Promise<Resident> {
    return this.#act(card, (resident) => {
      resident.register.alive = false;
      this.#revoke(resident, ["sign", "auth"], reasonOf.died);
    });
  }

  async #act(card: string, act: (resident: Resident) => unknown): Promise<Resident> {
    return this.#acts.run(card, async () => {
      const resident = this.resident(card);
      if (!resident.register.alive) {
        refuse(409, "RESIDENT_DIED", "This resident has died.", "Register another resident.");
      }
      await act(resident);
      await this.#store.saveHolder(resident);
      return resident;
    });
  }

  async #handOut(
    resident: Resident,
    order: NewPins & Pick<NewResident, "bearer" | "forecast">,
  ): Promise<void> {
    const now = this.#clock();
    const validUntil = cardEnd(resident.register, now);
    const { bearer, forecast } = order;
    const [sign, auth] = await Promise.all([
      this.#certification.sign(resident.register, now, validUntil, { forecast }),
      this.#certification.auth(resident.register, now, validUntil, { forecast }),
    ]);
    this.#revoke(resident, ["sign", "auth"], reasonOf.newCard);
    const pins = { ...defaultPins, ...given(order) };
    const surface = surfaceOf(resident.register, validUntil, pins.assistPin);
    const memory = freshMemory({ sign: sign.slot, auth: auth.slot, bearer, surface, forecast, ...pins });
    resident.cards.push({ memory, validUntil: validUntil.toISOString() });
    for (const { certificate } of [sign, auth]) this.#store.addCertificate(resident, certificate);
  }

  /** Changes the register, and revokes the sign certificate if it no longer matches. */
  #change(resident: Resident, change: Partial<RegisterEntry>, why: keyof typeof reasonOf): void {
    const changed = { ...resident.register, ...change };
    refuseTooLong(changed);
    const written = JSON.stringify(subjectAttributes(resident.register));
    resident.register = changed;
    if (JSON.stringify(subjectAttributes(changed)) !== written)
      this.#revoke(resident, ["sign"], reasonOf[why]);
  }

  /** Revokes the good certificates of these kinds; returns how many. A revoked one keeps its reason and date. */
  #revoke(resident: Resident, kinds: IssuedCertificate["kind"][], reason: RevocationReason): number {
    const at = this.#clock().toISOString();
    const good = resident.certificates.filter(({ kind, revoked }) => kinds.includes(kind) && !revoked);
    for (const certificate of good) certificate.revoked = { at, reason };
    return good.length;
  }
}

/** An addition to a name or an address may make it too long. */
function refuseTooLong(register: RegisterEntry): void {
  const { name, address } = subjectAttributes(register);
  if ([name, address].every((text) => Array.from(text).length <= mostCharacters)) return;
  refuse(
    409,
    "TOO_LONG",
    `At most ${mostCharacters} characters fit into a certificate.`,
    "Use a shorter text.",
  );
}

/** The card in use. */
export function currentCard(holder: Holder): Holder["cards"][number] {
  const inUse = holder.cards.at(-1);
  if (!inUse) throw new Error("A holder without a card was stored.");
  return inUse;
}

/** The given PINs. */
const given = ({ signPin, authPin, assistPin }: NewPins) => ({
  ...(assistPin === undefined ? {} : { assistPin }),
  ...(signPin === undefined ? {} : { signPin }),
  ...(authPin === undefined ? {} : { authPin }),
});
