import { AsnConvert } from "@peculiar/asn1-schema";
import { mutate, randomFrom } from "./mutation.ts";
import type { Structure } from "./structures.ts";

export interface Differences {
  /** How many mutations the cursor's reader took. */
  accepted: number;
  /** Hex of mutations that it took and the schema library with encoding again refuses. There must be none. */
  lenient: string[];
}

const mostReported = 5;

/** Mutates the specimens of a structure and holds the cursor's reader against the schema library. */
export function differences({ specimens, read, schema }: Structure, runs: number, seed: number): Differences {
  const random = randomFrom(seed);
  const found: Differences = { accepted: 0, lenient: [] };
  for (let run = 0; run < runs; run += 1) {
    let der = mutate(specimens[random(specimens.length)]!, random);
    if (random(4) === 0) der = mutate(der.length > 0 ? der : specimens[0]!, random);
    if (!isAccepted(der, read)) continue;
    found.accepted += 1;
    if (!encodesAgain(der, schema) && found.lenient.length < mostReported)
      found.lenient.push(Buffer.from(der).toString("hex"));
  }
  return found;
}

function isAccepted(der: Uint8Array, read: Structure["read"]): boolean {
  try {
    const taken = read(der);
    return taken !== false && taken !== undefined;
  } catch {
    return false;
  }
}

/** The schema library's value encodes to the very bytes it was read from, which is what made it strict. */
export function encodesAgain(der: Uint8Array, schema: new () => object): boolean {
  try {
    return Buffer.from(AsnConvert.serialize(AsnConvert.parse(der, schema))).equals(der);
  } catch {
    return false;
  }
}
