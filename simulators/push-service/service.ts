import type { Mailboxes } from "./mailboxes.ts";

/** What routes have in common. */
export interface PushService {
  mailboxes: Mailboxes;
  /** The service's own address; known once it listens. */
  url(): string;
  /** Resolves when the mailboxes are kept as they are now. */
  save(): Promise<void>;
  /** Aborted when the service ends. */
  closing: AbortSignal;
}
