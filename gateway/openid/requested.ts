import { type Assurance, acrValues } from "../../protocol/login.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { attributesAsked } from "./verified-claims.ts";

interface Claims {
  id_token?: { acr?: { value?: unknown; values?: unknown; essential?: unknown } | null };
  userinfo?: { verified_claims?: unknown };
}

/**
 * What a request asks of the person: the card, where `acr_values` names it first or the `acr` claim takes nothing less
 * (OpenID Connect Core §3.1.2.1, §5.5.1.1), and the attributes that will be read.
 */
export function requestedOf(parameters: Record<string, unknown>): {
  acr: Assurance;
  reads: AttributeName[];
} {
  const claims = claimsOf(parameters["claims"]);
  const named = parameters["acr_values"];
  const { value, values } = claims.id_token?.acr ?? {};
  const wanted = [
    ...(Array.isArray(values) ? values : [value]),
    ...(typeof named === "string" ? named.split(" ") : []),
  ].find((each) => each === acrValues.card || each === acrValues.device);
  return {
    acr: wanted === acrValues.card ? "card" : "device",
    reads: attributesAsked(claims.userinfo?.verified_claims),
  };
}

function claimsOf(parameter: unknown): Claims {
  if (typeof parameter === "object" && parameter !== null) return parameter;
  try {
    const parsed: unknown = JSON.parse(typeof parameter === "string" ? parameter : "");
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {}; // absent; what is there and no JSON, the provider has refused
  }
}
