import * as z from "zod";
import { base64urlAtMost, digest } from "./encoding.ts";
import { labels } from "./labels.ts";

/** How a phone comes to a visit of the CA's own page: by a link on the same device, or by a code read off another screen. */
export const visitVia = z.enum(["link", "qr"]);
export type VisitVia = z.infer<typeof visitVia>;

/** What the tap is for: to see everything, or to agree to a link that the page shows. */
export const visitAct = z.enum(["log-in", "grant-link"]);
export type VisitAct = z.infer<typeof visitAct>;

/** Where a visit is opened from: what the code shows and the link names. */
export const visitLink = (publicUrl: string, visitId: string, via: VisitVia): string =>
  `${publicUrl}/page/${visitId}?via=${via}`;

/** The visit that a link or a code names; `undefined` where it is none of this gateway's. */
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

/** Body of `POST /v1/page-visits/questions`. Anybody's device may ask: the card is what counts. */
export const visitQuestion = z.strictObject({ visitId: z.uuid(), via: visitVia });

/** What an app receives of a visit: nothing that the page shows. */
export const openedVisit = z.strictObject({
  visitId: z.uuid(),
  act: visitAct,
  /** SHA-256 of what the page shows, with 16 random bytes in it: the card signs it, and nobody can guess what it is of. */
  shownSha256: digest,
  /** With `qr`: one of these stands on the other screen, and the person says which. */
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
  /** With `qr`. */
  number: z.number().int().min(10).max(99).optional(),
});
export type CardVisit = z.infer<typeof cardVisit>;

/** Body of `POST /v1/page-visits/answers`. */
export const visitAnswer = z.strictObject({ visitId: z.uuid(), card: base64urlAtMost(16_384) });

/** The answer: nothing about the person. */
export const visitAnswered = z.strictObject({
  visitId: z.uuid(),
  state: z.literal("approved"),
  /** With `link`: the address to open in the browser the person came from; it works in no other. */
  returnTo: z.url().max(1_024).optional(),
});
export type VisitAnswered = z.infer<typeof visitAnswered>;
