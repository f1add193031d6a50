import { randomBytes } from "node:crypto";

/** A message waiting for a phone: encrypted to it (RFC 8291), unreadable for the push service. */
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
  /** The secret with which the phone reads. */
  inbox: string;
  /** The only key that may push, if the phone specified one (RFC 8292 §4). */
  vapidPublicKey: string | undefined;
  messages: Message[];
}

/** The stored state. */
export interface KeptMailboxes {
  open: Mailbox[];
  /** Ids of closed mailboxes, so that a sender is answered 410. */
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
  /** Callbacks of the phones waiting at a mailbox. */
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

  /** A new mailbox; `undefined` if there are too many. */
  open(vapidPublicKey: string | undefined): Mailbox | undefined {
    if (this.#open.size >= mostMailboxes) return undefined;
    const box: Mailbox = { id: newId(), inbox: newId(), vapidPublicKey, messages: [] };
    this.#open.set(box.id, box);
    return box;
  }

  /** Closes a mailbox, with its messages. `false` if there is none. */
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
   * Delivers a message to a waiting phone, otherwise stores it, replacing one of the same topic (RFC 8030 §5.4), and the oldest
   * if there are too many. Without a time to live, only a waiting phone gets it.
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
   * Takes all messages, oldest first. If there are none, waits for the first one up to `waitMs`, until `gone`, or until the
   * phone asks again: it has one connection at a time.
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
