import { sameBytes } from "../../der/bytes.ts";
import type { Certificate } from "../certificate.ts";
import { sameName } from "../name.ts";
import { pathFacts } from "./facts.ts";

/** A certificate whose key may have signed another one. */
export interface Candidate {
  certificate: Certificate;
  isAnchor: boolean;
  /** Steps by name to the nearest trust anchor; 0 for a trust anchor. */
  distance: number;
}

export const sameCertificate = (one: Certificate, other: Certificate): boolean =>
  sameBytes(one.der, other.der);

/** Each certificate once. */
export function distinct(certificates: readonly Certificate[]): Certificate[] {
  const found: Certificate[] = [];
  for (const certificate of certificates)
    if (!found.some((one) => sameCertificate(one, certificate))) found.push(certificate);
  return found;
}

/**
 * The possible issuers: trust anchors, and intermediates from which names lead to a trust anchor. Others are omitted, so that
 * the search does not visit them.
 */
export function candidatesOf(
  anchors: readonly Certificate[],
  intermediates: readonly Certificate[],
): Candidate[] {
  const found: Candidate[] = distinct(anchors).map((certificate) => ({
    certificate,
    isAnchor: true,
    distance: 0,
  }));
  let left = distinct(intermediates).filter(
    (certificate) => !found.some((anchor) => sameCertificate(anchor.certificate, certificate)),
  );
  let reached = found;
  for (let distance = 1; reached.length > 0; distance += 1) {
    const names = reached;
    const next = left.filter(({ issuer }) =>
      names.some(({ certificate }) => sameName(certificate.subject, issuer)),
    );
    left = left.filter((certificate) => !next.includes(certificate));
    reached = next.map((certificate) => ({ certificate, isAnchor: false, distance }));
    found.push(...reached);
  }
  return found;
}

/** The candidates with the issuer's name, the most promising first. */
export function issuersOf(child: Certificate, candidates: readonly Candidate[], at: Date): Candidate[] {
  return candidates
    .filter(({ certificate }) => sameName(certificate.subject, child.issuer))
    .toSorted((one, other) => compare(promise(one, child, at), promise(other, child, at)));
}

/** Key identifiers are a hint (RFC 5280 §4.2.1.1): they order candidates and exclude none. Lower is better. */
function promise({ certificate, distance }: Candidate, child: Certificate, at: Date): number[] {
  const { authorityKeyId } = child;
  const { subjectKeyId, notBefore, notAfter } = certificate;
  return [
    authorityKeyId && subjectKeyId && authorityKeyId !== subjectKeyId ? 1 : 0,
    at < notBefore || at > notAfter ? 1 : 0,
    pathFacts(certificate).fault ? 1 : 0,
    distance,
    -notBefore.getTime(),
  ];
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
