import type { Mailboxes } from "./mailboxes.ts";

/** State shared by the routes. */
export interface PushService {
  mailboxes: Mailboxes;
  /** The service's own address; known once it listens. */
  url(): string;
  /** Resolves when the current mailboxes are stored. */
  save(): Promise<void>;
  /** Aborted when the service ends. */
  closing: AbortSignal;
}
