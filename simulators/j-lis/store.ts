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

/** A certificate J-LIS has issued, and what became of it. Once `revoked` is set it stays as it is. */
export interface IssuedCertificate {
  kind: AuthorityKind;
  /** Key identifier of the issuing generation, hex. */
  issuerKeyId: string;
  /** Lower-case hex without leading zero bytes. */
  serial: string;
  /** Where its CRL part belongs: sign certificates have a place, auth certificates none. */
  place?: Place | undefined;
  notAfter: string;
  /** DER in base64. */
  der: string;
  revoked?: { at: string; reason: RevocationReason } | undefined;
}

/** Whoever has a card in the reader: a resident, or, without a register entry, a card minted for a test. */
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

/** What is counted; see {@link paidKinds}. */
const counted = { ocsp: 0, linkage: 0, attributes: 0, consents: 0 };

export type BillingKind = keyof typeof counted;

/** What of it costs money: a status answer, a linkage, an answer with attributes. Consents are free. */
export const paidKinds: readonly BillingKind[] = ["ocsp", "linkage", "attributes"];

/** How long counts may stay in memory, in ms: one write for all that was counted meanwhile. */
const billingDelay = 1_000;

/** What belongs to J-LIS as a whole. */
export interface Books {
  generations: Generation[];
  /** When CRLs were last published out of turn, in ms; 0 for never. */
  publishedAt: number;
  billing: Record<BillingKind, number>;
}

const certificateKey = (issuerKeyId: string, serial: string) => `${issuerKeyId}:${serial}`;

/** All state of the simulator: in memory, and, with a directory, in one JSON file for each holder and one for the books. */
export class Store {
  readonly #directory: string | undefined;
  readonly books: Books = { generations: [], publishedAt: 0, billing: { ...counted } };
  readonly #holders = new Map<string, Holder>();
  readonly #certificates = new Map<string, { holder: Holder; certificate: IssuedCertificate }>();
  readonly #consents = new Map<string, { holder: Holder; consent: StoredConsent }>();
  readonly #files = new Map<string, DurableFile>();
  #billing: NodeJS.Timeout | undefined;

  private constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** Opens the state below `directory` (made when missing), or an empty one in memory. */
  static async open(directory: string | undefined): Promise<Store> {
    const store = new Store(directory);
    if (directory === undefined) return store;
    const stored = await readJson<Books>(join(directory, "books.json"));
    // What has been counted since a book was opened may lack kinds that came later.
    Object.assign(store.books, stored, { billing: { ...counted, ...stored?.billing } });
    const holders = join(directory, "holders");
    await mkdir(holders, { recursive: true, mode: 0o700 });
    for (const name of await readdir(holders)) {
      if (!name.endsWith(".json")) continue; // a write a crash cut short
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

  /** Counts one of a kind. Nobody waits for the count to reach the disk; {@link Store.close} does. */
  bill(kind: BillingKind): void {
    this.books.billing[kind] += 1;
    this.#billing ??= setTimeout(() => {
      this.#billing = undefined;
      this.saveBooks().catch(() => {}); // closing saves again, and says so when that fails
    }, billingDelay).unref();
  }

  /** Resolves when everything counted is on disk. */
  async close(): Promise<void> {
    clearTimeout(this.#billing);
    await this.saveBooks();
  }

  /** Resolves when the books are on disk. */
  saveBooks(): Promise<void> {
    return this.#save("books.json", this.books);
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
