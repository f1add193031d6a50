import * as z from "zod";
import { base64urlAtMost, digest } from "./encoding.ts";
import { labels } from "./labels.ts";

/** How a phone reaches a visit of the person page: by a link on the same device, or by a code scanned from another screen. */
export const visitVia = z.enum(["link", "qr"]);
export type VisitVia = z.infer<typeof visitVia>;

/** The purpose of the tap: to see everything, or to agree to a link that the page shows. */
export const visitAct = z.enum(["log-in", "grant-link"]);
export type VisitAct = z.infer<typeof visitAct>;

/** The address in the link and the code of a visit. */
export const visitLink = (publicUrl: string, visitId: string, via: VisitVia): string =>
  `${publicUrl}/page/${visitId}?via=${via}`;

/** The visit of a link or a code; `undefined` if it is not of this gateway. */
export function readVisitLink(
  link: string,
  publicUrl: string,
): { visitId: string; via: VisitVia } | undefined {
  if (!URL.canParse(link)) return undefined;
  const { origin, pathname, searchParams } = new URL(link);
  const via = visitVia.safeParse(searchParams.get("via"));
  const visitId = z.uuid().safeParse(/^\/page\/([^/]+)$/.exec(pathname)?.[1]);
  if (!via.success || !visitId.success || origin !== new URL(publicUrl).origin) return undefined;
  return { visitId: visitId.data, via: via.data };
}

/** Body of `POST /v1/page-visits/questions`. Any device may ask: only the card authenticates. */
export const visitQuestion = z.strictObject({ visitId: z.uuid(), via: visitVia });

/** What an app receives about a visit: nothing that the page shows. */
export const openedVisit = z.strictObject({
  visitId: z.uuid(),
  act: visitAct,
  /** SHA-256 of what the page shows, including 16 random bytes: the card signs it, and its content cannot be guessed. */
  shownSha256: digest,
  /** Only with `qr`: one of these is on the other screen, and the person chooses it. */
  numbers: z.array(z.number().int().min(10).max(99)).length(3).optional(),
  expiresAt: z.iso.datetime(),
});
export type OpenedVisit = z.infer<typeof openedVisit>;

/** What the card signs: CMS SignedData with the JSON text of this inside. */
export const cardVisit = z.strictObject({
  type: z.literal(labels.pageVisit),
  visitId: z.uuid(),
  act: visitAct,
  via: visitVia,
  shownSha256: digest,
  /** Only with `qr`. */
  number: z.number().int().min(10).max(99).optional(),
});
export type CardVisit = z.infer<typeof cardVisit>;

/** Body of `POST /v1/page-visits/answers`. */
export const visitAnswer = z.strictObject({ visitId: z.uuid(), card: base64urlAtMost(16_384) });

/** The answer: nothing about the person. */
export const visitAnswered = z.strictObject({
  visitId: z.uuid(),
  state: z.literal("approved"),
  /** Only with `link`: the address to open in the browser the person came from; it works in no other. */
  returnTo: z.url().max(1_024).optional(),
});
export type VisitAnswered = z.infer<typeof visitAnswered>;
