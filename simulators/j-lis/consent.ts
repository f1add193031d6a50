import { midnightInJapan } from "./date-of-birth.ts";

/** The items of the register that a person can consent to. */
export const items = ["name", "address", "dateOfBirth", "sex"] as const;
export type Item = (typeof items)[number];

/** A consent as stored with its person. Times are ISO 8601 UTC. */
export interface StoredConsent {
  id: string;
  items: Item[];
  receivedAt: string;
  validFrom: string;
  validUntil: string;
  /** By the person, or by a newer consent. */
  withdrawnAt?: string | undefined;
  /** SHA-256 of the signature, hex: the same signature is the same consent. */
  signature: string;
  /** Answers that were given and billed under this consent: each the old and the new certificate. */
  delivered: string[];
}

const day = 24 * 60 * 60 * 1_000;
const jst = 9 * 60 * 60 * 1_000;
const years = 10;

/**
 * Term of a consent: ten years, counted from the day after receipt in Japan, including the last day. Received 2023-05-18 10:00,
 * it is 2023-05-19 00:00:00 to 2033-05-18 23:59:59. If the last year has no such day, the day before it is the last.
 */
export function termFrom(received: Date): { validFrom: string; validUntil: string } {
  const from = midnightInJapan(received).getTime() + day;
  const afterwards = new Date(from + jst);
  afterwards.setUTCFullYear(afterwards.getUTCFullYear() + years);
  return {
    validFrom: new Date(from).toISOString(),
    validUntil: new Date(afterwards.getTime() - jst - 1_000).toISOString(),
  };
}

/** A consent is in force from receipt, although its ten years are counted from the next day. */
export function stateOf(consent: StoredConsent, now: Date): "in-force" | "withdrawn" | "expired" {
  if (consent.withdrawnAt !== undefined) return "withdrawn";
  return now.getTime() >= Date.parse(consent.validUntil) + 1_000 ? "expired" : "in-force";
}

/** Withdraws those of a person's consents that are in force; returns how many. */
export function withdraw(consents: StoredConsent[], now: Date): number {
  const inForce = consents.filter((consent) => stateOf(consent, now) === "in-force");
  for (const consent of inForce) consent.withdrawnAt = now.toISOString();
  return inForce.length;
}

/** A consent as J-LIS shows it. */
export type ConsentView = Pick<StoredConsent, "id" | "items" | "receivedAt" | "validFrom" | "validUntil"> & {
  state: ReturnType<typeof stateOf>;
};

export function consentView(consent: StoredConsent, now: Date): ConsentView {
  const { id, items, receivedAt, validFrom, validUntil } = consent;
  return { id, state: stateOf(consent, now), items, receivedAt, validFrom, validUntil };
}
