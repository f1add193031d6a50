import type { RefusalCode } from "../../protocol/refusals.ts";

/**
 * The messages of the notification lifecycle: one change, one consent, from the push to the party's acknowledgement.
 *
 * Workflow id: `notification/<consentId>/<version>`, a child of the consent's. Cancelling it (a newer version, a
 * withdrawal) ends it before the press; after the press only a withdrawal does, and what was not handed over stays here.
 */
export const notification = {
  workflowType: "notification",
  taskQueue: "lifecycles",
  workflowId: (consentId: string, version: number): string => `notification/${consentId}/${version}`,
  /** Update: the person's stored, signed answer (confirm or decline) is decided on. */
  answer: "answer",
  /** Signal: the party acknowledged, or took the event by poll: read the registry again. */
  moved: "moved",
  state: "state",
  /** Delivers one security event that no notification waits for (verification, stream updates, replays). */
  transmissionWorkflowType: "transmission",
  transmissionWorkflowId: (jti: string): string => `transmission/${jti}`,
} as const;

/** Which consent, and which version of the attribute record it is to tell. */
export interface NotificationInput {
  consentId: string;
  version: number;
}

export interface TransmissionInput {
  jti: string;
}

/** How a transmission ended; an event for a poll stream is left for the party to fetch. */
export type TransmissionEnd = "delivered" | "waits-for-poll" | "cancelled" | "dead-lettered";

/** Which answer to which question. */
export interface AnswerInput {
  notificationId: string;
  /** The signed answer, in the registry. */
  answerId: string;
}

/** An answer that was refused, and why. */
export interface NotificationRefusal {
  kind: "refused";
  code: RefusalCode;
  detail: string;
}

export type AnswerOutcome = { kind: "confirmed" } | { kind: "declined" } | NotificationRefusal;

/** How a notification ended. */
export type NotificationEnd =
  | "nothing-to-tell"
  | "declined"
  | "expired"
  | "superseded"
  | "withdrawn"
  | "acknowledged"
  /** Handed over, and no acknowledgement in time. */
  | "unacknowledged"
  /** The party could not be reached in time; the event can be replayed. */
  | "dead-lettered";

/** Where a notification stands. */
export interface NotificationView {
  notificationId: string;
  state: "open" | "confirmed" | "declined" | "expired" | "superseded" | "withdrawn";
  delivery: "none" | "pending" | "delivered" | "acknowledged" | "dead-lettered" | "cancelled";
  /** The security event to deliver, once confirmed. */
  jti?: string;
  /** When the person is asked, ISO 8601 UTC; absent: at once. */
  askAt?: string;
  /** ISO 8601 UTC. */
  expiresAt: string;
  /** When the person is reminded, ISO 8601 UTC, in order; all lie before the expiry. */
  remindAt: string[];
  /** How long the party has to take the event, and then to acknowledge it, milliseconds (scaled settings). */
  deliverWithinMs: number;
  acknowledgeWithinMs: number;
}

/** Where a notification stands: the answer to the query. */
export interface NotificationStanding {
  step: "opening" | "asking" | "telling" | "told" | "over";
  view?: NotificationView;
  end?: NotificationEnd;
}

/** Types of the failures with which an activity says why an event was not handed over. A closed list. */
export const deliveryFailures = {
  /** An earlier event about the same person has not been handed over; or the party cannot be reached now. */
  tryLater: "EventNotHandedOver",
  /** The party will never take this event, or there is none: trying again does not help. */
  refused: "EventRefused",
} as const;

/** What the lifecycle asks of the world. Each takes ids and is safe to run again. */
export interface NotificationActivities {
  /**
   * Compares what the party has with the attribute record, and stores the notification; nothing where no consented attribute differs
   * or says more.
   */
  openNotification(input: NotificationInput): Promise<NotificationView | { kind: "nothing-to-tell" }>;
  readNotification(input: { notificationId: string }): Promise<NotificationView>;
  /** Pushes to the person's phones at that party; `reminder` for the later times. */
  pushNotification(input: { notificationId: string; reminder: boolean }): Promise<{ reached: boolean }>;
  /** Decides on the person's answer, in the transaction that checks consent, device and what was shown. */
  recordAnswer(input: AnswerInput): Promise<AnswerOutcome>;
  /** Ends what the person did not answer, or what must not be sent any more; returns what it is now. */
  closeNotification(input: {
    notificationId: string;
    why: "expired" | "cancelled";
  }): Promise<NotificationView>;
  /** Hands one event to the party: in order, by push, or waits for the poll. Fails retryably while it cannot. */
  deliverEvent(input: { jti: string }): Promise<{ kind: "delivered" | "waits-for-poll" | "cancelled" }>;
  /** A dead letter is on its way again; returns how long the party has, milliseconds. Of any other event only the latter. */
  reopenEvent(input: { jti: string }): Promise<{ deliverWithinMs: number }>;
  /** Gives up on an event; it can be replayed. */
  deadLetterEvent(input: { jti: string }): Promise<void>;
  /** The person's receipt of what the party received and did. */
  writeReceipt(input: { notificationId: string }): Promise<void>;
}
