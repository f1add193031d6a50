import { createHash } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { DurableFile, readJson } from "../durable-file.ts";
import type { CardMemory } from "../my-number-card/memory.ts";
import type { Generation } from "./authority.ts";
import type { StoredConsent } from "./consent.ts";
import type { AuthorityKind, Place } from "./profile.ts";
import type { RegisterEntry } from "./register.ts";
import type { RevocationReason } from "./revocation.ts";

/** A certificate issued by J-LIS, and its status. `revoked` is set at most once. */
export interface IssuedCertificate {
  kind: AuthorityKind;
  /** Key identifier of the issuing generation, hex. */
  issuerKeyId: string;
  /** Lower-case hex without leading zero bytes. */
  serial: string;
  /** Determines its CRL part: sign certificates have a place, auth certificates none. */
  place?: Place | undefined;
  notAfter: string;
  /** DER in base64. */
  der: string;
  revoked?: { at: string; reason: RevocationReason } | undefined;
}

/** The holder of a card in the reader: a resident, or, without a register entry, the holder of a card minted for a test. */
export interface Holder {
  card: string;
  register?: RegisterEntry | undefined;
  /** Oldest first; the last is the card in use. */
  cards: { memory: CardMemory; validUntil: string }[];
  /** Oldest first. */
  certificates: IssuedCertificate[];
  /** Oldest first; at most one is in force. */
  consents?: StoredConsent[] | undefined;
}

/** The counters; see {@link paidKinds}. */
const counted = { ocsp: 0, linkage: 0, attributes: 0, consents: 0 };

export type BillingKind = keyof typeof counted;

/** The kinds that are billed: a status answer, a linkage, an answer with attributes. Consents are free. */
export const paidKinds: readonly BillingKind[] = ["ocsp", "linkage", "attributes"];

/** How long counts may stay in memory, in ms: one write for all counts since the last. */
const billingDelay = 1_000;

/** The state of J-LIS as a whole. */
export interface CommonState {
  generations: Generation[];
  /** When CRLs were last published immediately, in ms; 0 for never. */
  publishedAt: number;
  billing: Record<BillingKind, number>;
}

const certificateKey = (issuerKeyId: string, serial: string) => `${issuerKeyId}:${serial}`;

/** All state of the simulator: in memory, and, with a directory, in one JSON file for each holder and one for the whole. */
export class Store {
  readonly #directory: string | undefined;
  readonly common: CommonState = { generations: [], publishedAt: 0, billing: { ...counted } };
  readonly #holders = new Map<string, Holder>();
  readonly #certificates = new Map<string, { holder: Holder; certificate: IssuedCertificate }>();
  readonly #consents = new Map<string, { holder: Holder; consent: StoredConsent }>();
  readonly #files = new Map<string, DurableFile>();
  #billing: NodeJS.Timeout | undefined;

  private constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** Opens the state below `directory` (created if missing), or an empty one in memory. */
  static async open(directory: string | undefined): Promise<Store> {
    const store = new Store(directory);
    if (directory === undefined) return store;
    const stored = await readJson<CommonState>(join(directory, "books.json"));
    // An older file may lack kinds that were added later.
    Object.assign(store.common, stored, { billing: { ...counted, ...stored?.billing } });
    const holders = join(directory, "holders");
    await mkdir(holders, { recursive: true, mode: 0o700 });
    for (const name of await readdir(holders)) {
      if (!name.endsWith(".json")) continue; // a write interrupted by a crash
      const holder = await readJson<Holder>(join(holders, name));
      if (holder) store.add(holder);
    }
    return store;
  }

  add(holder: Holder): void {
    this.#holders.set(holder.card, holder);
    for (const certificate of holder.certificates) this.#index(holder, certificate);
    for (const consent of holder.consents ?? []) this.#consents.set(consent.id, { holder, consent });
  }

  /** Records a new certificate of a holder. */
  addCertificate(holder: Holder, certificate: IssuedCertificate): void {
    holder.certificates.push(certificate);
    this.#index(holder, certificate);
  }

  /** Records a new consent of a holder. */
  addConsent(holder: Holder, consent: StoredConsent): void {
    holder.consents = [...(holder.consents ?? []), consent];
    this.#consents.set(consent.id, { holder, consent });
  }

  holder(card: string): Holder | undefined {
    return this.#holders.get(card);
  }

  holders(): Iterable<Holder> {
    return this.#holders.values();
  }

  certificate(issuerKeyId: string, serial: string) {
    return this.#certificates.get(certificateKey(issuerKeyId, serial));
  }

  consent(id: string) {
    return this.#consents.get(id);
  }

  certificates(): IssuedCertificate[] {
    return [...this.#certificates.values()].map(({ certificate }) => certificate);
  }

  /** Resolves when the holder is on disk. */
  saveHolder(holder: Holder): Promise<void> {
    const name = createHash("sha256").update(holder.card).digest("hex");
    return this.#save(join("holders", `${name}.json`), holder);
  }

  /** Counts one of a kind, without waiting for the write; {@link Store.close} waits. */
  bill(kind: BillingKind): void {
    this.common.billing[kind] += 1;
    this.#billing ??= setTimeout(() => {
      this.#billing = undefined;
      this.saveCommon().catch(() => {}); // closing saves again, and reports a failure
    }, billingDelay).unref();
  }

  /** Resolves when all counts are on disk. */
  async close(): Promise<void> {
    clearTimeout(this.#billing);
    await this.saveCommon();
  }

  /** Resolves when the whole's file is on disk. */
  saveCommon(): Promise<void> {
    return this.#save("books.json", this.common);
  }

  async #save(path: string, state: unknown): Promise<void> {
    if (this.#directory === undefined) return;
    const file = this.#files.get(path) ?? new DurableFile(join(this.#directory, path), () => state);
    this.#files.set(path, file);
    await file.save();
  }

  #index(holder: Holder, certificate: IssuedCertificate): void {
    const { issuerKeyId, serial } = certificate;
    this.#certificates.set(certificateKey(issuerKeyId, serial), { holder, certificate });
  }
}
