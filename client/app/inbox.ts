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

/** A change that waits for the person. */
export interface InboxChange {
  notificationId: string;
  /** What to show: who will receive it, and each attribute's old and new value. */
  change: ShownChange;
  /** The very text that `change` was read from: the answer signs its digest. */
  shown: string;
  /** ISO 8601 UTC. */
  expiresAt: string;
}

/** What waits for the person, and what became of the rest: each list at most a page long. */
export interface OpenedInbox {
  open: InboxChange[];
  /** What became of the last ones, newest first. */
  settled: Inbox["settled"];
  /** What there is to know of the person's certificates at this party, newest first. */
  certificates: Inbox["certificates"];
  /** Logins that the party's server asks for: open each by its id (`openLogin`). */
  logins: Inbox["logins"];
  /** New phones that were set up with the person's card: where it was not the person, `freezeNewPhone`. */
  newPhones: Inbox["newPhones"];
  /** What was done to consents that other parties are notified of too: towards the register, and links. Newest first. */
  consents: NonNullable<Inbox["consents"]>;
  /** Links that other parties ask for, to be granted (`changeConsent`) or declined (`closeLinkRequest`); and this party's own. */
  linkRequests: NonNullable<Inbox["linkRequests"]>;
  /** Where sections go on that have more than came: `readInbox` with it reads on in these, and in no other. */
  next?: InboxCursors | undefined;
}

/**
 * What waits for the person at this enrolment's party. Throws what {@link Gateway} throws, and UntrustedAnswer where
 * the answer was not sealed to this question or a text is not what it should be: nothing of it may be shown.
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
 * The one press: signs the digest of what was shown with the device key. Throws what {@link Gateway} throws; after
 * GatewayUnreachable or TRY_AGAIN read the inbox again: what counted is under `settled`.
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
    throw new UntrustedAnswer("A change is not what this version of the protocol can show.");
  return { notificationId, change: change.data, shown, expiresAt };
}
