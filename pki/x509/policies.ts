import { type Cursor, NotDer, primitiveTag } from "../der/cursor.ts";
import type { ExtensionType } from "./extension.ts";

export const anyPolicy = "2.5.29.32.0";

export interface PolicyInformation {
  policy: string;
  /** The qualifier of each type, DER. */
  qualifiers: { type: string; qualifier: Uint8Array }[];
}

/** certificatePolicies as encoded: with their qualifiers, in order, possibly repeated. */
export const policyInformation: ExtensionType<PolicyInformation[]> = {
  oid: "2.5.29.32",
  read: (cursor) =>
    listOf(cursor.enter(), (information) => ({
      policy: information.objectIdentifier(),
      qualifiers: information.ended
        ? []
        : listOf(information.enter(), (info) => ({ type: info.objectIdentifier(), qualifier: info.any() })),
    })),
};

/** certificatePolicies (RFC 5280 §4.2.1.4): policy ids, each once. Qualifiers are ignored. */
export const certificatePolicies: ExtensionType<string[]> = {
  oid: policyInformation.oid,
  read: (cursor) => {
    const policies = policyInformation.read(cursor).map(({ policy }) => policy);
    if (new Set(policies).size !== policies.length) throw new NotDer("a repeated policy");
    return policies;
  },
};

export interface PolicyMapping {
  issuerDomain: string;
  subjectDomain: string;
}

/** policyMappings (RFC 5280 §4.2.1.5). */
export const policyMappings: ExtensionType<PolicyMapping[]> = {
  oid: "2.5.29.33",
  read: (cursor) =>
    listOf(cursor.enter(), (mapping) => ({
      issuerDomain: mapping.objectIdentifier(),
      subjectDomain: mapping.objectIdentifier(),
    })),
};

/** policyConstraints (RFC 5280 §4.2.1.11): how many certificates may follow before each applies. */
export const policyConstraints: ExtensionType<{
  requireExplicitPolicy?: number;
  inhibitPolicyMapping?: number;
}> = {
  oid: "2.5.29.36",
  read: (cursor) => {
    const sequence = cursor.enter();
    const skip = (n: number): number | undefined =>
      sequence.tag === primitiveTag(n) ? sequence.smallInteger(primitiveTag(n)) : undefined;
    const [requireExplicitPolicy, inhibitPolicyMapping] = [skip(0), skip(1)];
    sequence.finish();
    return {
      ...(requireExplicitPolicy !== undefined && { requireExplicitPolicy }),
      ...(inhibitPolicyMapping !== undefined && { inhibitPolicyMapping }),
    };
  },
};

/** inhibitAnyPolicy (RFC 5280 §4.2.1.14): how many certificates may follow before anyPolicy no longer counts. */
export const inhibitAnyPolicy: ExtensionType<number> = {
  oid: "2.5.29.54",
  read: (cursor) => cursor.smallInteger(),
};

/** SEQUENCE SIZE (1..MAX) OF SEQUENCE. */
function listOf<T>(sequence: Cursor, read: (item: Cursor) => T): T[] {
  const items: T[] = [];
  while (!sequence.ended) {
    const item = sequence.enter();
    items.push(read(item));
    item.finish();
  }
  if (items.length === 0) throw new NotDer("an empty list");
  return items;
}
