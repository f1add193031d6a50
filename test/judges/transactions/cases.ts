import type { RevocationReason } from "../../../protocol/revocation.ts";

/** What the judges are asked, and what is right (RFC 5280 §6.3, EN 319 102-1 §5.2.6 and §5.5). */

/**
 * When the status was published: seconds after the time-stamp. `at once` is what a relying party fetches while it takes
 * the signature; the others are what it finds when it looks again.
 */
export const publications = { "at once": 0, "ten minutes later": 10 * 60, "a day later": 86_400 } as const;
export type Publication = keyof typeof publications;

export const sources = ["CRL", "OCSP"] as const;
export type Source = (typeof sources)[number];

/** Signed a second before the revocation takes effect, a second after it, or with a certificate that is never revoked. */
const standings = {
  before: "signed before the revocation",
  after: "signed after the revocation",
  never: "never revoked",
} as const;
export type Standing = keyof typeof standings;

/** What else is wrong, and what a judge may say of it. */
const flaws = {
  tampered: /digest|hash|content verify/i,
  stranger: /chain|trust|issuer|anchor|signature/i,
  "stranger beside a good certificate": /chain|trust|issuer|anchor|signature/i,
  "no status": /status|revocation|CRL|OCSP|CHAIN_GENERAL_FAILURE/i,
  "no status of the CA": /status|revocation|CRL|OCSP|CHAIN_GENERAL_FAILURE/i,
  "CA revoked": /revo(ked|cation after)/i,
} as const;
export type Flaw = keyof typeof flaws;

export interface Case {
  name: string;
  standing: Standing;
  reason: RevocationReason;
  published: Publication;
  source: Source;
  flaw?: Flaw;
  /** Where to refuse is right: what the refusal is about. Otherwise to accept is. */
  refusal?: RegExp;
}

const one = (
  standing: Standing,
  published: Publication,
  source: Source,
  more: { reason?: RevocationReason; flaw?: Flaw } = {},
): Case => {
  const { reason = "cessationOfOperation", flaw } = more;
  const refusal = flaw ? flaws[flaw] : standing === "after" ? flaws["CA revoked"] : undefined;
  return {
    name: [flaw ?? standings[standing], more.reason, `${source} ${published}`].filter(Boolean).join(", "),
    standing,
    reason,
    published,
    source,
    ...(flaw && { flaw }),
    ...(refusal && { refusal }),
  };
};

const keysOf = <T extends object>(record: T) => Object.keys(record) as (keyof T)[];

export const cases: readonly Case[] = sources.flatMap((source) => [
  ...keysOf(publications).flatMap((published) =>
    keysOf(standings).map((standing) => one(standing, published, source)),
  ),
  // No rule of RFC 5280 or EN 319 102-1 lets a reason reach back before the revocation.
  ...(["affiliationChanged", "keyCompromise", "unspecified"] as const).flatMap((reason) =>
    (["before", "after"] as const).map((standing) => one(standing, "ten minutes later", source, { reason })),
  ),
  ...keysOf(flaws).map((flaw) => one("never", "at once", source, { flaw })),
]);
