import { NotDer } from "../der/cursor.ts";
import type { ExtensionType } from "./extension.ts";

/** Bits of keyUsage (RFC 5280 §4.2.1.3), as {@link keyUsage} gives them. */
export const keyUsageBits = {
  digitalSignature: 1,
  nonRepudiation: 2,
  keyEncipherment: 4,
  dataEncipherment: 8,
  keyAgreement: 16,
  keyCertSign: 32,
  cRLSign: 64,
} as const;

/** keyUsage: a sum of {@link keyUsageBits}. */
export const keyUsage: ExtensionType<number> = {
  oid: "2.5.29.15",
  read: (cursor) => cursor.namedBits(),
};

/** basicConstraints (RFC 5280 §4.2.1.9). */
export const basicConstraints: ExtensionType<{ cA: boolean; pathLength?: number }> = {
  oid: "2.5.29.19",
  read: (cursor) => {
    const sequence = cursor.enter();
    const cA = sequence.booleanOrFalse();
    const pathLength = sequence.ended ? undefined : sequence.smallInteger();
    sequence.finish();
    return { cA, ...(pathLength !== undefined && { pathLength }) };
  },
};

/** Purposes of extKeyUsage (RFC 5280 §4.2.1.12). */
export const purposes = {
  any: "2.5.29.37.0",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
  /** RFC 9336. */
  documentSigning: "1.3.6.1.5.5.7.3.36",
} as const;

/** extKeyUsage: at least one purpose. */
export const extendedKeyUsage: ExtensionType<string[]> = {
  oid: "2.5.29.37",
  read: (cursor) => {
    const sequence = cursor.enter();
    const found: string[] = [];
    while (!sequence.ended) found.push(sequence.objectIdentifier());
    if (found.length === 0) throw new NotDer("extKeyUsage without a purpose");
    return found;
  },
};
