import { randomBytes } from "node:crypto";
import { makeOcspRequest, readOcspResponse } from "../../pki/card-verification/ocsp.ts";
import type { CardCertificate } from "../../pki/card-verification/verify.ts";
import type { TrustAnchor } from "../../pki/jpki/trust-anchors.ts";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import { type JLis, JLisUnavailable } from "../j-lis/j-lis.ts";

/** JPKI renews OCSP responses every 15 minutes; the oldest accepted is twice that. */
const maxStatusAgeSeconds = 30 * 60;

/**
 * Asks a card certificate's issuer for its status (RFC 6960).
 * @returns the response as received, DER, and the refusal; no refusal if the certificate is good
 * @throws JLisUnavailable without a usable response: that is not a result, and is retried
 */
export async function askIssuer(
  { jlis, clock }: { jlis: Pick<JLis, "askStatus">; clock: () => Date },
  { card, anchor }: { card: CardCertificate; anchor: TrustAnchor },
): Promise<{ answer: Uint8Array; refusal: Refused | undefined }> {
  const nonce = randomBytes(32);
  const answer = await jlis.askStatus(makeOcspRequest(card, anchor, nonce));
  const status = readOcspResponse(answer, {
    card,
    anchor,
    nonce,
    at: clock(),
    maxAgeSeconds: maxStatusAgeSeconds,
  });
  if (!status.ok) throw new JLisUnavailable(`The status answer cannot be used: ${status.detail}`);
  return { answer, refusal: refusalOf(status.status) };
}

function refusalOf(status: "good" | "revoked" | "onHold" | "unknown"): Refused | undefined {
  switch (status) {
    case "good":
      return undefined;
    case "revoked":
      return refuse("CERTIFICATE_REVOKED", "The issuer says that the certificate is revoked.");
    case "onHold":
      return refuse("CERTIFICATE_ON_HOLD", "The issuer says that the certificate is on hold.");
    case "unknown":
      return refuse("CERTIFICATE_STATUS_UNKNOWN", "The issuer says that it does not know the certificate.");
  }
}
