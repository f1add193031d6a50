import type { RefusalCode } from "../../protocol/refusals.ts";

/**
 * The messages of the notification lifecycle: one change, one consent, from the push to the party's acknowledgement.
 *
 * Workflow id: `notification/<consentId>/<version>`, a child of the consent's. Cancelling it (a newer version, a withdrawal)
 * ends it before the confirmation; after it only a withdrawal does, and an undelivered event is cancelled.
 */
export const notification = {
  workflowType: "notification",
  taskQueue: "lifecycles",
  workflowId: (consentId: string, version: number): string => `notification/${consentId}/${version}`,
  /** Update: decides on the person's stored, signed answer (confirm or decline). */
  answer: "answer",
  /** Signal: the party acknowledged, or received the event by poll: read the registry again. */
  moved: "moved",
  state: "state",
  /** Delivers one security event without a notification (verification, stream updates, replays). */
  transmissionWorkflowType: "transmission",
  transmissionWorkflowId: (jti: string): string => `transmission/${jti}`,
} as const;

/** The consent, and the version of the attribute record to notify of. */
export interface NotificationInput {
  consentId: string;
  version: number;
}

export interface TransmissionInput {
  jti: string;
}

/** How a transmission ended; an event for a poll stream waits for the party to fetch it. */
export type TransmissionEnd = "delivered" | "waits-for-poll" | "cancelled" | "dead-lettered";

/** The answer, and the question that it answers. */
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
  /** Delivered, and not acknowledged in time. */
  | "unacknowledged"
  /** The party could not be reached in time; the event can be replayed. */
  | "dead-lettered";

/** The state of a notification. */
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
  /** When the person is reminded, ISO 8601 UTC, in order; all before the expiry. */
  remindAt: string[];
  /** How long the party has to receive the event, and then to acknowledge it, milliseconds (scaled settings). */
  deliverWithinMs: number;
  acknowledgeWithinMs: number;
}

/** The state of a notification: the answer to the query. */
export interface NotificationStanding {
  step: "opening" | "asking" | "telling" | "told" | "over";
  view?: NotificationView;
  end?: NotificationEnd;
}

/** Failure types with which an activity says why an event was not delivered. A closed list. */
export const deliveryFailures = {
  /** An earlier event about the same person is not delivered yet; or the party is unreachable now. */
  tryLater: "EventNotHandedOver",
  /** The party refused this event for good, or there is none: a retry does not help. */
  refused: "EventRefused",
} as const;

/** The activities of the lifecycle. Each takes ids and is idempotent. */
export interface NotificationActivities {
  /**
   * Compares what the party has with the attribute record, and stores the notification; nothing if no consented attribute
   * differs or says more.
   */
  openNotification(input: NotificationInput): Promise<NotificationView | { kind: "nothing-to-tell" }>;
  readNotification(input: { notificationId: string }): Promise<NotificationView>;
  /** Pushes to the person's phones at that party; `reminder` for the later times. */
  pushNotification(input: { notificationId: string; reminder: boolean }): Promise<{ reached: boolean }>;
  /** Decides on the person's answer, in the transaction that checks consent, device and what was shown. */
  recordAnswer(input: AnswerInput): Promise<AnswerOutcome>;
  /** Closes a notification that the person did not answer, or that must no longer be sent; returns its state. */
  closeNotification(input: {
    notificationId: string;
    why: "expired" | "cancelled";
  }): Promise<NotificationView>;
  /** Delivers one event to the party: in order, by push, or waits for the poll. Fails retryably while it cannot. */
  deliverEvent(input: { jti: string }): Promise<{ kind: "delivered" | "waits-for-poll" | "cancelled" }>;
  /** Retransmits a dead letter; returns how long the party has, milliseconds. For any other event only the latter. */
  reopenEvent(input: { jti: string }): Promise<{ deliverWithinMs: number }>;
  /** Gives up on an event; it can be replayed. */
  deadLetterEvent(input: { jti: string }): Promise<void>;
  /** Writes the person's receipt of what the party received and did. */
  writeReceipt(input: { notificationId: string }): Promise<void>;
}
