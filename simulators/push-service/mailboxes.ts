import { randomBytes } from "node:crypto";

/** A message that waits for a phone: encrypted to it (RFC 8291); the push service cannot read it. */
export interface Message {
  id: string;
  /** base64 */
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

/** Everything there is to keep. */
export interface KeptMailboxes {
  open: Mailbox[];
  /** Ids of those that were closed, so that a sender is answered 410. */
  closed: string[];
}

const mostMailboxes = 2_000;
const mostClosed = 10_000;
const mostMessages = 16;
const newId = () => randomBytes(18).toString("base64url");

/** The phones' mailboxes. */
export class Mailboxes {
  readonly #open: Map<string, Mailbox>;
  readonly #closed: Set<string>;
  /** How the phone that waits at a mailbox is answered. */
  readonly #waiting = new Map<string, (messages: Message[]) => void>();

  constructor({ open = [], closed = [] }: Partial<KeptMailboxes> = {}) {
    this.#open = new Map(open.map((box) => [box.id, box]));
    this.#closed = new Set(closed);
  }

  snapshot = (): KeptMailboxes => ({ open: [...this.#open.values()], closed: [...this.#closed] });
  find = (id: string): Mailbox | undefined => this.#open.get(id);
  wasClosed = (id: string): boolean => this.#closed.has(id);

  findByInbox(inbox: string): Mailbox | undefined {
    for (const box of this.#open.values()) if (box.inbox === inbox) return box;
    return undefined;
  }

  /** A new mailbox; `undefined` when there are too many. */
  open(vapidPublicKey: string | undefined): Mailbox | undefined {
    if (this.#open.size >= mostMailboxes) return undefined;
    const box: Mailbox = { id: newId(), inbox: newId(), vapidPublicKey, messages: [] };
    this.#open.set(box.id, box);
    return box;
  }

  /** Closes a mailbox, with all that is in it. `false` when there is none. */
  close(id: string): boolean {
    if (!this.#open.delete(id)) return false;
    this.#closed.add(id);
    for (const oldest of this.#closed) {
      if (this.#closed.size <= mostClosed) break;
      this.#closed.delete(oldest);
    }
    this.#waiting.get(id)?.([]);
    return true;
  }

  /**
   * Hands a message to the phone that waits, else puts it in: one of the same topic gives way to it (RFC 8030 §5.4), and
   * the oldest where there are too many. Without a time to live, only a phone that waits gets it.
   */
  deliver(box: Mailbox, message: Omit<Message, "id">): Message {
    const put = { ...message, id: newId() };
    const handOver = this.#waiting.get(box.id);
    if (handOver) handOver([put]);
    else {
      const others = alive(box).filter(({ topic }) => topic === undefined || topic !== message.topic);
      box.messages = [...others, put].slice(-mostMessages);
    }
    return put;
  }

  /**
   * Takes everything that waits, oldest first. Where there is nothing, waits for the first message up to `waitMs`, until
   * `gone`, or until the phone asks again: it has one connection at a time.
   */
  async take(box: Mailbox, waitMs: number, gone: AbortSignal): Promise<Message[]> {
    const messages = alive(box);
    box.messages = [];
    this.#waiting.get(box.id)?.([]);
    if (messages.length > 0 || waitMs === 0 || gone.aborted) return messages;
    return new Promise((resolve) => {
      const answer = (found: Message[]) => {
        clearTimeout(timer);
        gone.removeEventListener("abort", nothing);
        this.#waiting.delete(box.id);
        resolve(found);
      };
      const nothing = () => answer([]);
      const timer = setTimeout(nothing, waitMs);
      gone.addEventListener("abort", nothing);
      this.#waiting.set(box.id, answer);
    });
  }
}

function alive({ messages }: Mailbox): Message[] {
  const now = Date.now();
  return messages.filter(({ until }) => until > now);
}
