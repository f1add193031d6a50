import { cardCmsLimits } from "../pki/card-verification/card-signature.ts";
import { checkCrl } from "../pki/card-verification/crl.ts";
import { type CardVerdict, verifyCardSignature } from "../pki/card-verification/verify.ts";
import { readSignedData } from "../pki/cms/signed-data.ts";
import type { CardAttributes } from "../pki/jpki/attributes.ts";
import { productionAnchors } from "../pki/jpki/trust-anchors.ts";
import { type RefusalCode, refuse } from "../protocol/refusals.ts";
import { readAnchors, readBytes, readDer } from "./card-files.ts";
import { type CardQuestion, QuestionError } from "./card-question.ts";
import { readTime, timeText } from "./card-time.ts";

/** The output of `card verify --json`. `certificate` and `attributes` are unverified unless `ok` is true. */
export interface CardReport {
  ok: boolean;
  code: RefusalCode | "OK";
  reason: string;
  certificate: {
    serial: string;
    subject: string;
    issuer: string;
    issuerKeyId: string | null;
    notBefore: string;
    notAfter: string;
    crlDistributionPoint: string | null;
    /** Base64. */
    der: string;
  } | null;
  attributes: CardAttributes | null;
  /** The trust anchor under which it was verified, and whether that is a production CA. */
  anchor: { subject: string; keyId: string; setting: "production" | "test" } | null;
  /** UTC. */
  at: string;
  /** The zone given in `--at`: `Z`, or an offset such as `+09:00`. */
  zone: string;
  /** Whether a CRL was checked. */
  revocationChecked: boolean;
}

/** Verifies a card's signature, and checks the CRL if there is one. Throws QuestionError. */
export function makeReport({ cms, content, anchor, crl, at: time }: CardQuestion): CardReport {
  const { at, zone } = time === undefined ? { at: new Date(), zone: "Z" } : readTime(time);
  const anchors = anchor ? anchor.flatMap(readAnchors) : productionAnchors();
  const list = crl === undefined ? undefined : readDer(crl, "CRL");
  const signature = readDer(cms, "CMS");
  requireOneContent(signature, content);
  const verdict = verifyCardSignature({
    cms: signature,
    ...(content !== undefined && { content: readBytes(content, "content") }),
    anchors,
    at,
  });
  const refusal = verdict.ok ? list && checkRevocation(list, verdict, at) : verdict;
  const { card } = verdict;
  return {
    ok: !refusal,
    code: refusal?.code ?? "OK",
    reason: refusal?.detail ?? "The card's certificate and its signature over the content are valid.",
    certificate: card
      ? {
          serial: card.serial,
          subject: card.subject,
          issuer: card.issuer,
          issuerKeyId: card.issuerKeyId ?? null,
          notBefore: card.notBefore.toISOString(),
          notAfter: card.notAfter.toISOString(),
          crlDistributionPoint: card.crlDistributionPoint ?? null,
          der: Buffer.from(card.der).toString("base64"),
        }
      : null,
    attributes: card?.attributes ?? null,
    anchor: verdict.ok
      ? { subject: verdict.anchor.subject, keyId: verdict.anchor.keyId, setting: verdict.anchor.setting }
      : null,
    at: at.toISOString(),
    zone,
    revocationChecked: verdict.ok && list !== undefined,
  };
}

/** A missing or repeated content is not a fault of the signature. */
function requireOneContent(cms: Uint8Array, content: string | undefined): void {
  const isInside = hasContent(cms);
  if (isInside === true && content !== undefined)
    throw new QuestionError("The CMS has its content attached: omit --content.");
  if (isInside === false && content === undefined)
    throw new QuestionError("The CMS has no attached content: pass the signed content with --content.");
}

/** `undefined` if it cannot be parsed: the verifier reports why. */
function hasContent(cms: Uint8Array): boolean | undefined {
  try {
    return readSignedData(cms, cardCmsLimits).content !== undefined;
  } catch {
    return undefined;
  }
}

function checkRevocation(crl: Uint8Array, { card, anchor }: Extract<CardVerdict, { ok: true }>, at: Date) {
  const status = checkCrl(crl, { card, anchor, at });
  if (!status.ok) return refuse("CERTIFICATE_STATUS_UNKNOWN", status.detail);
  if (status.status === "revoked") {
    return refuse("CERTIFICATE_REVOKED", `The CRL lists the certificate as revoked (${status.reason}).`);
  }
  if (status.status === "onHold")
    return refuse("CERTIFICATE_ON_HOLD", "The CRL lists the certificate as on hold.");
  return undefined;
}

/** The same report in readable form. */
export function humanReport({
  ok,
  code,
  reason,
  certificate,
  attributes,
  anchor,
  at,
  zone,
  revocationChecked,
}: CardReport): string {
  const lines = [
    `${ok ? "good" : "refused"}: ${code}`,
    reason,
    `at: ${timeText({ at: new Date(at), zone })}`,
  ];
  if (anchor) lines.push(`trust anchor: ${anchor.subject} (${anchor.setting}, key ${anchor.keyId})`);
  if (ok) lines.push(`revocation: ${revocationChecked ? "not on the given CRL" : "not checked (no --crl)"}`);
  if (certificate) {
    const { der: _, ...facts } = certificate;
    lines.push(ok ? "certificate:" : "certificate (unverified):");
    lines.push(...Object.entries(facts).map(([name, value]) => `  ${name}: ${value ?? "-"}`));
  }
  if (attributes) {
    lines.push(ok ? "attributes:" : "attributes (unverified):");
    const { dateOfBirth, ...texts } = attributes;
    lines.push(...Object.entries(texts).map(([name, value]) => `  ${name}: ${value}`));
    const { era, year = "----", month = "--", day = "--", raw } = dateOfBirth;
    lines.push(`  dateOfBirth: ${era} ${year}-${pad(month)}-${pad(day)} (${raw})`);
  }
  return lines.join("\n");
}

const pad = (part: number | string): string => String(part).padStart(2, "0");
