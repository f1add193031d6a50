import type { ClaimsParameter } from "oidc-provider";
import { errors } from "./library.ts";

/**
 * Refuses an essential `acr` that this issuer can never meet, before the person is asked (OpenID Connect Core §5.5.1.1).
 * @param hint where else it is met
 * @throws errors.UnmetAuthenticationRequirements
 */
export function requireReachableAcr(
  { id_token: inToken }: ClaimsParameter,
  supported: readonly string[],
  hint = "",
): void {
  const acr = inToken?.["acr"];
  if (!acr?.essential) return;
  const wanted: readonly unknown[] = acr.values ?? (acr.value === undefined ? [] : [acr.value]);
  if (wanted.length === 0 || wanted.some((each) => supported.includes(String(each)))) return;
  throw new errors.UnmetAuthenticationRequirements(
    `the essential acr cannot be met; this issuer has ${supported.join(", ")}${hint}`,
  );
}
