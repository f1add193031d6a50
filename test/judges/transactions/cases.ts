import type { RevocationReason } from "../../../protocol/revocation.ts";

/** What the judges are asked, and what is right (RFC 5280 §6.3, EN 319 102-1 §5.3). */

/**
 * When the status was published, counted from the time-stamp. `at once` is what a relying party fetches while it takes
 * the signature; the others are what it finds when it looks again.
 */
export const publications = {
  "at once": 0,
  "ten minutes later": 10 * 60,
  "a day later": 86_400,
} as const;
export type Publication = keyof typeof publications;

export const sources = ["CRL", "OCSP"] as const;
export type Source = (typeof sources)[number];

/** Signed a second before the revocation takes effect, a second after it, or with a certificate that is never revoked. */
export type Standing = "before" | "after" | "never";

/** What is wrong with the message beside its status. */
export type Flaw = "tampered" | "stranger" | "stranger beside a good certificate" | "no status";

export interface Case {
  name: string;
  right: "accepted" | "refused";
  standing: Standing;
  reason: RevocationReason;
  published: Publication;
  source: Source;
  flaw?: Flaw;
}

const wording: Record<Standing, string> = {
  before: "signed before the revocation",
  after: "signed after the revocation",
  never: "never revoked",
};

const one = (
  standing: Standing,
  published: Publication,
  source: Source,
  more: { reason?: RevocationReason; flaw?: Flaw } = {},
): Case => {
  const { reason = "cessationOfOperation", flaw } = more;
  const words = [
    flaw ?? wording[standing],
    ...(more.reason === undefined ? [] : [reason]),
    `${source} ${published}`,
  ];
  return {
    name: words.join(", "),
    right: standing === "after" || flaw !== undefined ? "refused" : "accepted",
    standing,
    reason,
    published,
    source,
    ...(flaw === undefined ? {} : { flaw }),
  };
};

const standings: Standing[] = ["before", "after", "never"];
const flaws: Flaw[] = ["tampered", "stranger", "stranger beside a good certificate", "no status"];

export const cases: readonly Case[] = [
  ...sources.flatMap((source) =>
    (Object.keys(publications) as Publication[]).flatMap((published) =>
      standings.map((standing) => one(standing, published, source)),
    ),
  ),
  // RFC 5280 has no rule that a reason reaches back: EN 319 102-1 §5.2.6 compares the times, whatever the reason.
  ...(["affiliationChanged", "keyCompromise", "unspecified"] as const).flatMap((reason) =>
    sources.map((source) => one("before", "ten minutes later", source, { reason })),
  ),
  ...flaws.map((flaw) => one("never", "at once", "CRL", { flaw })),
];
