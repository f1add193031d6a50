import { sha256, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import {
  type Answer,
  type Answered,
  type Inbox,
  type InboxCursors,
  inbox,
  laterSections,
  type ShownChange,
  shownChange,
} from "../../protocol/notification.ts";
import { type Gateway, UntrustedAnswer } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";
import { askSealed, parseJson } from "./sealed-question.ts";

/** A change that the person is asked about. */
export interface InboxChange {
  notificationId: string;
  /** What to show: the recipient, and each attribute's old and new value. */
  change: ShownChange;
  /** The exact text from which `change` was parsed: the answer signs its digest. */
  shown: string;
  /** ISO 8601 UTC. */
  expiresAt: string;
}

/** What waits for the person, and the outcomes: each list at most one page. */
export interface OpenedInbox {
  open: InboxChange[];
  /** The outcomes of recent notifications, newest first. */
  settled: Inbox["settled"];
  /** Notices about the person's certificates at this party, newest first. */
  certificates: Inbox["certificates"];
  /** Logins requested by the party's server: open each by its id (`openLogin`). */
  logins: Inbox["logins"];
  /** New phones set up with the person's card: if it was not the person, call `freezeNewPhone`. */
  newPhones: Inbox["newPhones"];
  /** Acts on consents that concern other parties too: the register refresh, and links. Newest first. */
  consents: NonNullable<Inbox["consents"]>;
  /** Other parties' link requests, to be granted (`changeConsent`) or declined (`closeLinkRequest`); and this party's own. */
  linkRequests: NonNullable<Inbox["linkRequests"]>;
  /** The next pages of sections that have more: `readInbox` with it reads these sections only. */
  next?: InboxCursors | undefined;
}

/**
 * Reads what waits for the person at this enrolment's party. Throws what {@link Gateway} throws, and UntrustedAnswer if the
 * answer was not sealed to this request or a text is malformed: nothing of it may be shown.
 *
 * @example
 * const { open } = await readInbox(gateway, phone);
 * for (const found of open) {
 *   const decision = (await showOldAndNew(found.change)) ? "confirm" : "decline";
 *   await answerChange(gateway, phone, { ...found, decision });
 * }
 */
export async function readInbox(
  gateway: Gateway,
  phone: PhoneEnrolment,
  after?: InboxCursors,
): Promise<OpenedInbox> {
  const question = { type: labels.inbox, sections: laterSections, ...(after ? { after } : {}) };
  const {
    consents = [],
    linkRequests = [],
    ...read
  } = await askSealed(phone, question, gateway.inbox, inbox);
  return { ...read, consents, linkRequests, open: read.open.map(readChange) };
}

/**
 * Confirms or declines: signs the digest of what was shown with the device key. Throws what {@link Gateway} throws; after
 * GatewayUnreachable or TRY_AGAIN read the inbox again: a decided change is under `settled`.
 */
export async function answerChange(
  gateway: Gateway,
  phone: PhoneEnrolment,
  {
    notificationId,
    shown,
    decision,
  }: Pick<InboxChange, "notificationId" | "shown"> & Pick<Answer, "decision">,
): Promise<Answered> {
  const content = { type: labels.answer, notificationId, decision, shownSha256: await sha256(utf8(shown)) };
  const { message } = await signPhoneMessage(phone, content);
  return gateway.answer({ message });
}

function readChange({ notificationId, shown, expiresAt }: Inbox["open"][number]): InboxChange {
  const change = shownChange.safeParse(parseJson(shown));
  if (!change.success || change.data.notificationId !== notificationId)
    throw new UntrustedAnswer("This version of the protocol cannot show a change.");
  return { notificationId, change: change.data, shown, expiresAt };
}
