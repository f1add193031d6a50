import type { CertIdForm } from "../pki/ca/ocsp-cert-id.ts";

/** The key of an answer. */
export interface AnswerKey {
  generation: string;
  form: CertIdForm;
  /** Lower-case hex. */
  serial: string;
}

/** A signed OCSP response about one certificate, without a nonce: the same bytes for every client. */
export interface Answer extends AnswerKey {
  der: Buffer;
  /** Including its quotes. */
  etag: string;
  status: "good" | "revoked";
  thisUpdate: Date;
  nextUpdate: Date;
}

/** Signed answers in memory, at most `max`; the least recently requested is evicted. */
export class AnswerCache {
  readonly #max: number;
  readonly #answers = new Map<string, Answer>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** The answer, as long as it is valid at `now`. */
  get(key: string, now: Date): Answer | undefined {
    const answer = this.#answers.get(key);
    if (answer === undefined || answer.nextUpdate <= now) return undefined;
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    return answer;
  }

  /** The answer, valid or not, without counting as requested. */
  peek(key: string): Answer | undefined {
    return this.#answers.get(key);
  }

  /** Stores an answer. `good` never replaces a known revocation, because an earlier read may be signed later. */
  put(answer: Answer): void {
    const key = keyText(answer);
    if (this.#answers.get(key)?.status === "revoked" && answer.status === "good") return;
    const oldest = this.#answers.size >= this.#max ? this.#answers.keys().next().value : undefined;
    if (!this.#answers.has(key) && oldest !== undefined) this.#answers.delete(oldest);
    this.#answers.set(key, answer);
  }

  delete(key: string): void {
    this.#answers.delete(key);
  }

  values(): Iterable<Answer> {
    return this.#answers.values();
  }
}

export const keyText = ({ generation, form, serial }: AnswerKey): string => `${form} ${generation} ${serial}`;
