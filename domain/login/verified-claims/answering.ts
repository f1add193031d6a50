import type { AttributeName } from "../../../protocol/names.ts";
import type { Disclosed } from "../../consent/disclosing.ts";
import { attributesOf, type ClaimName, claimOf, claimsOf, verifiableClaims } from "./claims.ts";
import { type Constraint, meets, named, restricts } from "./constraint.ts";
import { select } from "./matching.ts";
import { verificationOf } from "./offered.ts";
import { type Requested, readRequest } from "./request.ts";

/** What of a request can be answered for anybody. */
export interface Plan {
  elements: { verification: Requested["verification"]; claims: [ClaimName, Constraint][] }[];
  /** Whether the request, and so the answer, is a list. */
  isList: boolean;
}

export interface Answer {
  /** The claim's value; `undefined` if nothing matches. */
  verifiedClaims: object | undefined;
  /** The attributes of which the answer says something. */
  disclosed: AttributeName[];
}

/**
 * Plans the answer to a `verified_claims` request, without any person's data: left out are claims that we do not have (IDA
 * §5.7.2), values that no person's claim has, and elements whose requirements no verification of ours meets.
 */
export function planOf(request: unknown): Plan {
  const read = readRequest(request);
  if (!read.ok) return { elements: [], isList: false };
  const elements = read.elements
    .filter(({ verification }) => couldBeMet(verification))
    .map(({ verification, claims }) => ({ verification, claims: answerable(claims) }))
    .filter(({ claims }) => claims.length > 0);
  return { elements, isList: read.isList };
}

/** Only the time differs from person to person. */
function couldBeMet({ time: _time, ...verification }: Requested["verification"]): boolean {
  const sometime = new Date(0);
  return select(verification, verificationOf(sometime), sometime) !== undefined;
}

/** The attributes that can be read for a plan: what the person is shown before, and what the read is recorded as. */
export const readsOf = ({ elements }: Plan): AttributeName[] =>
  attributesOf(elements.flatMap(({ claims }) => claims.map(([claim]) => claim)));

const answerable = (claims: Requested["claims"]): [ClaimName, Constraint][] =>
  verifiableClaims.flatMap((claim): [ClaimName, Constraint][] => {
    const constraint = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    return constraint === undefined || !canMeet(claim, constraint) ? [] : [[claim, constraint]];
  });

/** Whether any person's claim could meet it. */
function canMeet(claim: ClaimName, constraint: Constraint): boolean {
  const { couldBe, isDate } = claimOf(claim);
  if (constraint?.max_age !== undefined && isDate === undefined) return false;
  return named(constraint)?.some(couldBe) ?? true;
}

/**
 * Answers a plan from the attributes that were read, each element by itself (IDA §5.6). What the person's consent does not
 * cover was not read: it is compared with nothing, and its claim is missing whatever value was requested.
 *
 * A claim that is omitted because its value is another one tells the party something about it: with two candidates, all. So a
 * comparison counts as a disclosure, and is listed in the person's list of reads like a value. It happens under the same consent, which
 * would have given the value itself; nothing is compared if the verification does not meet the request.
 */
export function answerOf(
  { elements, isList }: Plan,
  { provenAt, attributes }: Omit<Disclosed, "version">,
  now: Date,
): Answer {
  const disclosed = new Set<ClaimName>();
  const answers = elements.flatMap(({ verification: asked, claims: requested }) => {
    const verification = select(asked, verificationOf(provenAt), now);
    if (verification === undefined) return [];
    const given: ClaimName[] = [];
    for (const [claim, constraint] of requested) {
      const value = claimOf(claim).valueOf(attributes);
      if (value === undefined) continue;
      const isGiven = meets(constraint, value, now);
      if (isGiven) given.push(claim);
      if (isGiven || restricts(constraint)) disclosed.add(claim);
    }
    if (given.length === 0) return [];
    const names = requested.map(([claim]) => claim);
    return [{ verification, claims: claimsOf(attributes, given, names) }];
  });
  const [first] = answers;
  return {
    verifiedClaims: first === undefined || !isList ? first : answers,
    disclosed: attributesOf(disclosed),
  };
}
