import { keyedHash } from "../../registry/sealing.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const length = 26;

/**
 * The person's subject identifier at one party: 130 bits of HMAC(person, party) in base32. Stable for the pair, so it is never
 * reassigned; unlinkable between parties without the key.
 */
export function pairwisePseudonym(key: Uint8Array, personId: string, partyId: string): string {
  const bits = [...keyedHash(key, "pairwise-pseudonym", personId, partyId)]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");
  return Array.from(
    { length },
    (_, index) => alphabet[Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2)],
  ).join("");
}
