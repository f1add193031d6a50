import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import {
  addPageSession,
  addVisit,
  finishVisit,
  type Visit,
  type VisitAct,
} from "../../registry/person-page/visits.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { decoysOf, randomNumber } from "../login/numbers.ts";

/** The time limit of one tap, seconds. */
export const visitSeconds = 300;
/** How long after the card was accepted a visit may be completed in its browser, seconds. */
export const completionSeconds = 120;
/** How long the page stays open after that, seconds. */
export const sessionSeconds = 900;

export interface VisitBegun {
  act: VisitAct;
  /** The person whose card is required, and the request that it would grant. */
  asked?: { personId: string; requestId: string };
  /** What is agreed to, in words and ids, as stored for evidence. */
  about: object;
}

/** Begins a tap in a browser: stores what the card is to sign, and the number on this screen. */
export async function beginVisit(
  connection: Connection,
  { sealer, clock }: { sealer: Sealer; clock: () => Date },
  browserToken: string,
  { act, asked, about }: VisitBegun,
): Promise<{ id: string; expiresAt: Date }> {
  const now = clock();
  const id = randomUUID();
  const expiresAt = new Date(now.getTime() + visitSeconds * 1_000);
  const shown = JSON.stringify({ act, about, salt: randomBytes(16).toString("base64url") });
  const number = randomNumber();
  await addVisit(connection, sealer, {
    id,
    act,
    shown,
    shownSha256: createHash("sha256").update(shown).digest("base64url"),
    browserToken,
    askedPersonId: asked?.personId ?? null,
    requestId: asked?.requestId ?? null,
    number,
    decoys: decoysOf(number),
    createdAt: now,
    expiresAt,
  });
  return { id, expiresAt };
}

/**
 * The state of a visit for the browser that began it: `open` waits for a card; `ready` can be completed here; `elsewhere` was
 * approved on a phone that has not returned to this browser; `over` has ended.
 *
 * With `qr` the number was chosen. With `link` completion requires the code given to the phone, so that a link relayed to
 * another person's phone does not open their page here.
 */
export function visitStanding(
  visit: Visit,
  code: unknown,
  now: Date,
): "open" | "ready" | "elsewhere" | "over" {
  if (visit.state === "open" && visit.expiresAt > now) return "open";
  if (visit.state !== "approved" || isTooLate(visit, now)) return "over";
  return visit.via === "qr" || isCodeOf(visit, code) ? "ready" : "elsewhere";
}

const approvedAfter = (now: Date): Date => new Date(now.getTime() - completionSeconds * 1_000);

const isTooLate = ({ expiresAt, answeredAt }: Visit, now: Date): boolean =>
  expiresAt <= now || answeredAt === null || answeredAt <= approvedAfter(now);

/** Completes an approved visit in its browser, in the caller's transaction. False if it was completed before, or has expired. */
export const takeVisit = (connection: Connection, visitId: string, now: Date): Promise<boolean> =>
  finishVisit(connection, visitId, { now, approvedAfter: approvedAfter(now) });

function isCodeOf({ completionSha256 }: Visit, code: unknown): boolean {
  if (typeof code !== "string" || code.length > 128 || !completionSha256) return false;
  return timingSafeEqual(createHash("sha256").update(code).digest(), completionSha256);
}

/**
 * Opens the page of an approved visit's person for this token, in the caller's transaction. False if the visit was consumed
 * before or has ended.
 */
export async function openPage(
  connection: Connection,
  { id: visitId, personId, via }: Visit,
  token: string,
  now: Date,
): Promise<boolean> {
  if (personId === null) throw new Error("An approved visit has no person; the registry is damaged.");
  if (!(await takeVisit(connection, visitId, now))) return false;
  const expiresAt = new Date(now.getTime() + sessionSeconds * 1_000);
  await addPageSession(connection, token, { personId, visitId, expiresAt }, now);
  await audit(connection, "page-opened", visitId, { via: via ?? "" });
  return true;
}
