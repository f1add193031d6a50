import type { Pool } from "pg";
import { disclose } from "../../domain/consent/disclosing.ts";
import { answerOf, planOf, readsOf } from "../../domain/login/verified-claims/answering.ts";
import { attributesOf, type ClaimName, claimsOf } from "../../domain/login/verified-claims/claims.ts";
import type { AttributeName } from "../../protocol/names.ts";
import type { RecordAttributes } from "../../registry/attribute-record/records.ts";
import { addRefusedRead } from "../../registry/attribute-record/refused-reads.ts";
import { lockDisclosureTo } from "../../registry/consent/disclosures.ts";
import { transaction } from "../../registry/database.ts";
import type { Login } from "../../registry/login/logins.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { plainClaimsAsked } from "./scope-claims.ts";

export interface AttributeClaimsDeps {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
}

/**
 * The attributes that a login requests of UserInfo, as far as the person's consent covers them now: `verified_claims`, and at the
 * issuer `oidc` also claims by scope or by name. One read, recorded as one line, in the transaction that checks the consent.
 */
export async function attributeClaims(
  { pool, sealer, clock }: AttributeClaimsDeps,
  { personId, partyId, issuer }: Login,
  { scope, claims }: { scope: string; claims: Record<string, unknown> },
): Promise<object> {
  const now = clock();
  const plain = issuer === "oidc" ? plainClaimsAsked(scope, claims) : [];
  const plan = planOf(claims["verified_claims"]);
  const names = union(attributesOf(plain), readsOf(plan));
  // The library drops a claim whose request is a list. What it passes here is its own copy of the request.
  if (plan.isList) claims["verified_claims"] = null;
  if (names.length === 0 || personId === null) return {};
  const answer = (attributes: Partial<RecordAttributes>, provenAt: Date) => {
    const plainClaims = claimsOf(attributes, plain);
    const { verifiedClaims, disclosed } = answerOf(plan, { provenAt, attributes }, now);
    return {
      plainClaims,
      verifiedClaims,
      disclosed: union(attributesOf(Object.keys(plainClaims) as ClaimName[]), disclosed),
    };
  };
  return transaction(pool, async (connection) => {
    const consent = await lockDisclosureTo(connection, { personId, partyId, now });
    if (!consent) {
      await addRefusedRead(connection, { personId, partyId, asked: names, at: now });
      return {};
    }
    const { provenAt, attributes } = await disclose(connection, { sealer, clock }, consent, {
      names,
      way: "userinfo",
      given: (read, proven) => answer(read, proven).disclosed,
    });
    const { plainClaims, verifiedClaims } = answer(attributes, provenAt);
    // The library gives what its copy of the request names: with a name or an address, also the flags of substitutes.
    for (const claim of Object.keys(plainClaims)) claims[claim] ??= null;
    return { ...plainClaims, ...(verifiedClaims === undefined ? {} : { verified_claims: verifiedClaims }) };
  });
}

const union = (one: AttributeName[], other: AttributeName[]): AttributeName[] => [
  ...new Set([...one, ...other]),
];
