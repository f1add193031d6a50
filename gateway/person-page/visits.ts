import { createHash, randomBytes, randomInt, randomUUID, timingSafeEqual } from "node:crypto";
import { audit } from "../../registry/audit/lines.ts";
import { transaction } from "../../registry/database.ts";
import {
  addPageSession,
  addVisit,
  finishVisit,
  isTooLate,
  type PageSession,
  type Visit,
  type VisitAct,
} from "../../registry/person-page/visits.ts";
import type { PersonPageDeps } from "./deps.ts";

/** How long a person has for one tap, seconds. */
export const visitSeconds = 300;
/** How long the page stays open after it, seconds. */
export const sessionSeconds = 900;

export const newToken = (): string => randomBytes(32).toString("base64url");

/**
 * Begins a tap in a browser: fixes what the card is to sign, and the number that stands on this screen.
 * @param about what is agreed to, in words and ids, as it is kept for evidence
 */
export async function beginVisit(
  { pool, sealer, clock }: Pick<PersonPageDeps, "pool" | "sealer" | "clock">,
  browserToken: string,
  { act, asked, about }: { act: VisitAct; asked?: { personId: string; requestId: string }; about: object },
): Promise<{ id: string; expiresAt: Date }> {
  const now = clock();
  const id = randomUUID();
  const expiresAt = new Date(now.getTime() + visitSeconds * 1_000);
  const shown = JSON.stringify({ act, about, salt: randomBytes(16).toString("base64url") });
  const [number, ...decoys] = threeNumbers();
  await addVisit(pool, sealer, {
    id,
    act,
    shown,
    shownSha256: createHash("sha256").update(shown).digest("base64url"),
    browserToken,
    askedPersonId: asked?.personId ?? null,
    requestId: asked?.requestId ?? null,
    number: number!,
    decoys,
    createdAt: now,
    expiresAt,
  });
  return { id, expiresAt };
}

function threeNumbers(): number[] {
  const numbers = new Set<number>();
  while (numbers.size < 3) numbers.add(randomInt(10, 100));
  return [...numbers];
}

/**
 * Whether an approved visit may go on now in the browser that began it: with `qr` the number was chosen; with `link` it needs the
 * code that its phone was given, so that a link relayed to somebody else's phone opens nobody's page here.
 */
export function belongsHere(visit: Visit, code: unknown, now: Date): boolean {
  if (visit.state !== "approved" || isTooLate(visit, now)) return false;
  if (visit.via === "qr") return true;
  if (typeof code !== "string" || code.length > 128 || !visit.completionSha256) return false;
  return timingSafeEqual(createHash("sha256").update(code).digest(), visit.completionSha256);
}

/** Opens the page for the person of an approved visit; `undefined` where it was taken before, or is over. */
export async function openSession(
  { pool, clock }: Pick<PersonPageDeps, "pool" | "clock">,
  visit: Visit,
): Promise<string | undefined> {
  const { id: visitId, personId } = visit;
  if (personId === null) throw new Error("An approved visit has no person; the registry is damaged.");
  const now = clock();
  const token = newToken();
  return transaction(pool, async (connection) => {
    if (!(await finishVisit(connection, visitId, now))) return undefined;
    const session: PageSession = {
      personId,
      visitId,
      expiresAt: new Date(now.getTime() + sessionSeconds * 1_000),
    };
    await addPageSession(connection, token, session, now);
    await audit(connection, "page-opened", visitId, { via: visit.via ?? "" });
    return token;
  });
}
