import { type Cursor, constructedTag, NotDer, primitiveTag, tags } from "../der/cursor.ts";
import type { ExtensionType } from "./extension.ts";
import { type GeneralName, readGeneralNames } from "./general-name.ts";
import { type NameAttribute, readRdn } from "./name.ts";

/** The name of a CRL distribution point (RFC 5280 §4.2.1.13): names, or an RDN relative to the CRL issuer. */
export type DistributionPointName =
  | { fullName: GeneralName[] }
  | { nameRelativeToCrlIssuer: readonly NameAttribute[] };

export interface DistributionPoint {
  name?: DistributionPointName;
  /** ReasonFlags: the reasons that its CRL covers; absent for all. */
  reasons?: number;
  crlIssuer?: GeneralName[];
}

/** cRLDistributionPoints (RFC 5280 §4.2.1.13). */
export const crlDistributionPoints: ExtensionType<DistributionPoint[]> = {
  oid: "2.5.29.31",
  read: (cursor) => {
    const sequence = cursor.enter();
    const points: DistributionPoint[] = [];
    while (!sequence.ended) points.push(readPoint(sequence.enter()));
    if (points.length === 0) throw new NotDer("cRLDistributionPoints without a point");
    return points;
  },
};

function readPoint(point: Cursor): DistributionPoint {
  const name = readPointName(point);
  const reasons = point.tag === primitiveTag(1) ? point.namedBits(primitiveTag(1)) : undefined;
  const issuer = point.enterIf(constructedTag(2));
  const crlIssuer = issuer && readGeneralNames(issuer);
  point.finish();
  return {
    ...(name && { name }),
    ...(reasons !== undefined && { reasons }),
    ...(crlIssuer && { crlIssuer }),
  };
}

/** DistributionPointName is a CHOICE, so its tag [0] is explicit. */
function readPointName(cursor: Cursor): DistributionPointName | undefined {
  const explicit = cursor.enterIf(constructedTag(0));
  if (!explicit) return undefined;
  const full = explicit.enterIf(constructedTag(0));
  if (full) {
    explicit.finish();
    return { fullName: readGeneralNames(full) };
  }
  const rdn = Uint8Array.from(explicit.any());
  if (rdn[0] !== constructedTag(1))
    throw new NotDer("another type where a DistributionPointName is expected");
  explicit.finish();
  rdn[0] = tags.set;
  return { nameRelativeToCrlIssuer: readRdn(rdn) };
}

export interface IssuingDistributionPoint {
  name?: DistributionPointName;
  onlyContainsUserCerts: boolean;
  onlyContainsCACerts: boolean;
  /** ReasonFlags; absent for all reasons. */
  onlySomeReasons?: number;
  indirectCRL: boolean;
  onlyContainsAttributeCerts: boolean;
}

/** issuingDistributionPoint of a CRL (RFC 5280 §5.2.5). */
export const issuingDistributionPoint: ExtensionType<IssuingDistributionPoint> = {
  oid: "2.5.29.28",
  read: (cursor) => {
    const sequence = cursor.enter();
    const name = readPointName(sequence);
    const onlyContainsUserCerts = sequence.booleanOrFalse(primitiveTag(1));
    const onlyContainsCACerts = sequence.booleanOrFalse(primitiveTag(2));
    const onlySomeReasons =
      sequence.tag === primitiveTag(3) ? sequence.namedBits(primitiveTag(3)) : undefined;
    const indirectCRL = sequence.booleanOrFalse(primitiveTag(4));
    const onlyContainsAttributeCerts = sequence.booleanOrFalse(primitiveTag(5));
    sequence.finish();
    return {
      ...(name && { name }),
      onlyContainsUserCerts,
      onlyContainsCACerts,
      ...(onlySomeReasons !== undefined && { onlySomeReasons }),
      indirectCRL,
      onlyContainsAttributeCerts,
    };
  },
};
