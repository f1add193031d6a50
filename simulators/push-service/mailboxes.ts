import { randomBytes } from "node:crypto";

/** A message that waits for a phone: encrypted to it (RFC 8291); the push service cannot read it. */
export interface Message {
  id: string;
  body: string;
  topic: string | undefined;
  urgency: string;
  /** ms since the epoch; after it the message is dropped (RFC 8030 §5.2). */
  until: number;
}

export interface Mailbox {
  id: string;
  /** What the phone reads with: nobody else knows it. */
  inbox: string;
  /** The only key that may push, when the phone named one (RFC 8292 §4). */
  vapidPublicKey: string | undefined;
  messages: Message[];
}

const mostMailboxes = 10_000;
const mostMessages = 100;
const newId = () => randomBytes(18).toString("base64url");

/** The phones' mailboxes, in memory and handed over to be kept. */
export class Mailboxes {
  readonly #boxes: Map<string, Mailbox>;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(kept: readonly Mailbox[] = []) {
    this.#boxes = new Map(kept.map((box) => [box.id, box]));
  }

  all = (): Mailbox[] => [...this.#boxes.values()];
  find = (id: string): Mailbox | undefined => this.#boxes.get(id);
  findByInbox = (inbox: string): Mailbox | undefined => this.all().find((box) => box.inbox === inbox);
  remove = (id: string): boolean => this.#boxes.delete(id);

  /** A new mailbox; `undefined` when there are too many. */
  open(vapidPublicKey: string | undefined): Mailbox | undefined {
    if (this.#boxes.size >= mostMailboxes) return undefined;
    const box: Mailbox = { id: newId(), inbox: newId(), vapidPublicKey, messages: [] };
    this.#boxes.set(box.id, box);
    return box;
  }

  /** Puts a message in; one of the same topic that waits gives way. The oldest goes where there are too many. */
  deliver(box: Mailbox, message: Omit<Message, "id">): Message {
    const put = { ...message, id: newId() };
    const others = box.messages.filter(({ topic }) => message.topic === undefined || topic !== message.topic);
    box.messages = [...others, put].slice(-mostMessages);
    for (const wake of this.#waiting.get(box.id) ?? []) wake();
    return put;
  }

  /** Takes everything that waits and has not ended. Waits up to `waitMs` for the first, or until `gone`. */
  async take(box: Mailbox, waitMs: number, gone: AbortSignal): Promise<Message[]> {
    if (box.messages.length === 0 && waitMs > 0) await this.#first(box.id, waitMs, gone);
    const now = Date.now();
    const taken = box.messages.filter(({ until }) => until > now);
    box.messages = [];
    return taken;
  }

  async #first(id: string, waitMs: number, gone: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      waiting.add(wake);
      gone.addEventListener("abort", wake, { once: true });
    });
  }
}
