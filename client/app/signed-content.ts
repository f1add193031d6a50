import {
  type Application,
  type Attestation,
  application,
  type RegisterConsent,
  registerConsent,
} from "../../protocol/application.ts";
import type { ChallengeClaims } from "../../protocol/challenge.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import type { Decision } from "./consents.ts";

export interface ApplicationParts {
  /** The challenge, a JWS, and its claims. */
  challenge: string;
  claims: ChallengeClaims;
  /** SHA-256 of each consent record. */
  consents: string[];
  attestation: Attestation | undefined;
  binding: string | undefined;
  replaces: string | undefined;
}

/**
 * The application for the card to sign. Throws a ZodError if a part does not match the CA's schema: before the tap, not after
 * it.
 */
export async function applicationContent(parts: ApplicationParts): Promise<Uint8Array<ArrayBuffer>> {
  const { claims, challenge, consents, attestation, binding, replaces } = parts;
  const content: Application = {
    type: labels.application,
    challenge,
    enrolmentId: claims.enrolmentId,
    party: claims.party.id,
    app: claims.app,
    intent: claims.intent,
    spkiSha256: claims.spkiSha256,
    ecdhKey: claims.ecdhKey,
    consents,
    ...(replaces === undefined ? {} : { replaces }),
    ...(binding === undefined ? {} : { binding }),
    ...(attestation ? { attestation: await sha256(utf8(attestation.statement)) } : {}),
  };
  return utf8(JSON.stringify(application.parse(content)));
}

/** The consent for J-LIS for the card to sign; `undefined` if the person did not agree. Throws as above. */
export function registerConsentContent(
  { enrolmentId }: ChallengeClaims,
  decisions: Decision[],
): Uint8Array<ArrayBuffer> | undefined {
  const agreed = decisions.find(({ notice, agreed }) => notice.purpose === "register-refresh" && agreed);
  if (!agreed) return undefined;
  const content: RegisterConsent = {
    type: labels.registerConsent,
    enrolmentId,
    notice: agreed.notice,
    attributes: agreed.attributes ?? [],
  };
  return utf8(JSON.stringify(registerConsent.parse(content)));
}
