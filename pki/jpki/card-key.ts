import { NotDer } from "../der/cursor.ts";
import { isStrong, readPublicKey } from "../x509/public-key.ts";
import { acceptedCurves } from "./profile.ts";

/** Whether a key (SubjectPublicKeyInfo, DER) has a type and strength allowed by the JPKI profile. */
export function isStrongCardKey(spki: Uint8Array): boolean {
  try {
    const key = readPublicKey(spki);
    return isStrong(key) && (key.type !== "ec" || acceptedCurves.includes(key.curve));
  } catch (error) {
    if (error instanceof NotDer) return false;
    throw error;
  }
}
