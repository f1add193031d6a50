import type { Rule } from "../rule.ts";
import type { WrittenTime } from "../written-time.ts";

/** The end of a period of calendar years; from 29 February it is the end of February in other years. */
function afterYears(start: Date, years: number): number {
  const year = start.getUTCFullYear() + years;
  const lastDay = new Date(Date.UTC(year, start.getUTCMonth() + 1, 0)).getUTCDate();
  return new Date(start).setUTCFullYear(year, start.getUTCMonth(), Math.min(start.getUTCDate(), lastDay));
}

const isRightlyWritten = ({ type, instant }: WrittenTime): boolean =>
  type === (instant.getUTCFullYear() <= 2049 ? "UTCTime" : "GeneralizedTime") &&
  instant.getTime() % 1000 === 0;

/** Rules on validity, which includes both its ends: it is a second longer than their difference (RFC 5280 §4.1.2.5). */
export const validityRules: readonly Rule[] = [
  {
    id: "validity-order",
    source: "RFC 5280 §4.1.2.5",
    check: ({ notBefore, notAfter }) =>
      notBefore.instant < notAfter.instant ? undefined : "It ends before it begins.",
  },
  {
    id: "validity-years",
    source: "電子署名法施行規則 6条4号 (five years), and the profile's own years",
    check: ({ notBefore, notAfter, context: { profile } }) => {
      const years = Math.min(5, profile.validityYears);
      const end = notAfter.instant.getTime() + 1000;
      return end <= afterYears(notBefore.instant, years)
        ? undefined
        : `It is valid for more than ${years} years.`;
    },
  },
  {
    id: "validity-within-issuers",
    source: "RFC 5280 §6.1, and the issuer's duty to provide status until the end",
    check: ({ notBefore, notAfter, context: { issuer } }) =>
      notBefore.instant >= issuer.notBefore && notAfter.instant <= issuer.notAfter
        ? undefined
        : "It is valid when the issuing CA's certificate is not.",
  },
  {
    id: "time-encoding",
    source: "RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime after, whole seconds",
    check: ({ notBefore, notAfter }) =>
      isRightlyWritten(notBefore) && isRightlyWritten(notAfter)
        ? undefined
        : "A time is in the wrong ASN.1 type or has parts of a second.",
  },
];
