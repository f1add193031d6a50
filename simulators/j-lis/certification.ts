import { generateKeyPairSync } from "node:crypto";
import type { Forecast } from "../my-number-card/memory.ts";
import { type Generation, makeGeneration } from "./authority.ts";
import { birthdayAfter } from "./date-of-birth.ts";
import { type Issue, issueAuth, issueSign, type SignDeviation } from "./issuing.ts";
import type { AuthorityKind } from "./profile.ts";
import type { RegisterEntry } from "./register.ts";
import { KeyPool } from "./rsa-keys.ts";

/** A certificate of the next card is to be valid as long as the card. */
const forecastYears = 10;

/** The two CAs with all their generations: the test PKI. */
export class Certification {
  readonly generations: Generation[];
  readonly #keys: KeyPool;

  /** `generations` is modified in place, oldest first, so that its owner sees new ones. */
  constructor(generations: Generation[], keys: KeyPool = new KeyPool()) {
    this.generations = generations;
    this.#keys = keys;
  }

  /** A new test PKI, with one generation of each CA. */
  static async make(now: Date = new Date()): Promise<Certification> {
    const certification = new Certification([], new KeyPool(0));
    await Promise.all([certification.roll("sign", now), certification.roll("auth", now)]);
    return certification;
  }

  /** Starts a new generation: the same name, another key. It issues from now on. */
  async roll(kind: AuthorityKind, now: Date): Promise<Generation> {
    const generation = await makeGeneration(kind, now);
    this.generations.push(generation);
    return generation;
  }

  /** All generations of a CA, oldest first. */
  of(kind: AuthorityKind): Generation[] {
    return this.generations.filter((generation) => generation.kind === kind);
  }

  /** The generation that issues now. */
  current(kind: AuthorityKind): Generation {
    const generation = this.of(kind).at(-1);
    if (!generation) throw new Error(`The ${kind} CA has no generation yet.`);
    return generation;
  }

  /** A sign certificate with a new key. */
  async sign(
    entry: RegisterEntry,
    now: Date,
    validUntil: Date,
    { deviation, forecast }: { deviation?: SignDeviation; forecast?: Forecast | undefined } = {},
  ): Promise<Issue> {
    const generation = this.current("sign");
    const order = { generation, entry, now, cardValidUntil: validUntil, ...(await this.#keyOf(forecast)) };
    return issueSign(order, deviation);
  }

  /** An auth certificate with a new key. */
  async auth(
    entry: RegisterEntry,
    now: Date,
    validUntil: Date,
    { forecast }: { forecast?: Forecast | undefined } = {},
  ): Promise<Issue> {
    const generation = this.current("auth");
    return issueAuth({
      generation,
      entry,
      now,
      cardValidUntil: validUntil,
      ...(await this.#keyOf(forecast)),
    });
  }

  async #keyOf(forecast: Forecast | undefined): Promise<{ privateKey: string; years?: number }> {
    if (forecast === undefined) return { privateKey: await this.#keys.take() };
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    return {
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      years: forecastYears,
    };
  }

  async close(): Promise<void> {
    await this.#keys.close();
  }
}

/** The end of a card issued now: the tenth birthday after it. */
export const cardEnd = (entry: RegisterEntry, now: Date): Date => birthdayAfter(entry.dateOfBirth, now, 10);
