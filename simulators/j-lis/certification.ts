import { type Generation, makeGeneration } from "./authority.ts";
import { birthdayAfter } from "./date-of-birth.ts";
import { type Issue, issueAuth, issueSign, type SignDeviation } from "./issuing.ts";
import type { AuthorityKind } from "./profile.ts";
import type { RegisterEntry } from "./register.ts";
import { KeyPool } from "./rsa-keys.ts";

/** The two CAs with all their generations: the test PKI. */
export class Certification {
  readonly generations: Generation[];
  readonly #keys: KeyPool;

  /** `generations` is used in place, oldest first, so that whoever stores it sees new ones. */
  constructor(generations: Generation[], keys: KeyPool = new KeyPool()) {
    this.generations = generations;
    this.#keys = keys;
  }

  /** A test PKI of its own, with one generation of each CA. */
  static async make(now: Date = new Date()): Promise<Certification> {
    const certification = new Certification([], new KeyPool(0));
    await Promise.all([certification.roll("sign", now), certification.roll("auth", now)]);
    return certification;
  }

  /** Starts a new generation: the same name, another key. What is issued from now on is issued by it. */
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
  async sign(entry: RegisterEntry, now: Date, validUntil: Date, deviation?: SignDeviation): Promise<Issue> {
    const privateKey = await this.#keys.take();
    const generation = this.current("sign");
    return issueSign({ generation, entry, privateKey, now, cardValidUntil: validUntil }, deviation);
  }

  /** An auth certificate with a new key. */
  async auth(entry: RegisterEntry, now: Date, validUntil: Date): Promise<Issue> {
    const privateKey = await this.#keys.take();
    const generation = this.current("auth");
    return issueAuth({ generation, entry, privateKey, now, cardValidUntil: validUntil });
  }

  async close(): Promise<void> {
    await this.#keys.close();
  }
}

/** When a card handed out now ends: the tenth birthday after it. */
export const cardEnd = (entry: RegisterEntry, now: Date): Date => birthdayAfter(entry.dateOfBirth, now, 10);
