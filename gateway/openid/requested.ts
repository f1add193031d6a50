import { planOf, readsOf } from "../../domain/login/verified-claims/answering.ts";
import type { IssuerName } from "../../protocol/issuer.ts";
import { type Assurance, acrValues } from "../../protocol/login.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { type TransactionDetail, transactionDetail } from "../../protocol/transaction.ts";
import { attributesOfClaims, attributesOfScope } from "./scope-claims.ts";

interface Claims {
  id_token?: { acr?: { value?: unknown; values?: unknown; essential?: unknown } | null };
  userinfo?: { verified_claims?: unknown } & Record<string, unknown>;
}

/**
 * What a request requires of the person: the card, if `acr_values` names it first or the `acr` claim accepts nothing less
 * (OpenID Connect Core §3.1.2.1, §5.5.1.1), and the attributes that UserInfo can return.
 */
export function requestedOf(
  parameters: Record<string, unknown>,
  issuer: IssuerName,
): {
  acr: Assurance;
  reads: AttributeName[];
  transaction: TransactionDetail | undefined;
} {
  const claims = claimsOf(parameters["claims"]);
  const named = parameters["acr_values"];
  const { value, values } = claims.id_token?.acr ?? {};
  const wanted = [
    ...(Array.isArray(values) ? values : [value]),
    ...(typeof named === "string" ? named.split(" ") : []),
  ].find((each) => each === acrValues.card || each === acrValues.device);
  const reads = [
    ...readsOf(planOf(claims.userinfo?.verified_claims)),
    ...(issuer === "oidc" ? attributesOfScope(parameters["scope"]) : []),
    ...(issuer === "oidc" ? attributesOfClaims(claims.userinfo) : []),
  ];
  return {
    acr: wanted === acrValues.card ? "card" : "device",
    reads: [...new Set(reads)],
    transaction: transactionsOf(parameters["authorization_details"])[0],
  };
}

function claimsOf(parameter: unknown): Claims {
  const parsed = parsedOf(parameter);
  return typeof parsed === "object" && parsed !== null ? parsed : {};
}

/** The transactions among the authorization details (RFC 9396); the provider has refused any other detail. */
function transactionsOf(parameter: unknown): TransactionDetail[] {
  const parsed = parsedOf(parameter);
  return Array.isArray(parsed) ? parsed.flatMap((each) => transactionDetail.safeParse(each).data ?? []) : [];
}

/** A parameter is JSON text, or already parsed from a pushed request. */
function parsedOf(parameter: unknown): unknown {
  if (typeof parameter !== "string") return parameter;
  try {
    return JSON.parse(parameter);
  } catch {
    return undefined;
  }
}
