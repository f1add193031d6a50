import {
  AuthorityKeyIdentifier,
  CertificateList,
  CRLReason,
  CRLReasons,
  type Extension,
  IssuingDistributionPoint,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLReasons,
  id_ce_issuingDistributionPoint,
  type RevokedCertificate,
  type TBSCertList,
} from "@peculiar/asn1-x509";
import { clockSkewSeconds } from "../x509/clock-skew.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import type { CertificateFacts } from "./card.ts";
import { BadCertificate, sameAlgorithm, serialHex } from "./certificate.ts";
import { NotDer, parseDer } from "./der.ts";
import { nameText, placeText } from "./name.ts";
import { signatureScheme, verifySignature } from "./signature.ts";
import { type CardStatus, UnusableStatus } from "./status.ts";

/** A CRL is read whole. JPKI's come in parts by city, of which the largest stay below this. */
const largestCrl = 16 * 1024 * 1024;
const mostNodes = 4_000_000;

export interface CrlExpectation {
  card: CertificateFacts;
  /** The anchor the card was verified under. */
  anchor: TrustAnchor;
  at: Date;
}

/**
 * Looks a card certificate up in a CRL (RFC 5280 §5, §6.3): signed by the anchor, in its time window, complete, for
 * the part the certificate belongs to. A CRL that does not say which part it is for is taken to be for all. Anything
 * less is `ok: false`, never "good".
 */
export function checkCrl(der: Uint8Array, expected: CrlExpectation): CardStatus {
  try {
    return lookUp(der, expected);
  } catch (error) {
    const known =
      error instanceof UnusableStatus || error instanceof NotDer || error instanceof BadCertificate;
    if (!known) throw error;
    return { ok: false, detail: error.message };
  }
}

function lookUp(der: Uint8Array, { card, anchor, at }: CrlExpectation): CardStatus {
  if (der.byteLength > largestCrl) throw new UnusableStatus(`The CRL is larger than ${largestCrl} bytes.`);
  const crl = parseDer(der, CertificateList, "CRL", mostNodes);
  const list = crl.tbsCertList;
  if (nameText(list.issuer) !== anchor.subject) {
    throw new UnusableStatus("The CRL is from another CA than the certificate.");
  }
  checkGeneration(list, anchor);
  const scheme = signatureScheme(crl.signatureAlgorithm);
  const agreed = sameAlgorithm(list.signature, crl.signatureAlgorithm);
  const signed = new Uint8Array(crl.tbsCertListRaw ?? []);
  if (
    !scheme ||
    !agreed ||
    !verifySignature(scheme, signed, anchor.publicKey, new Uint8Array(crl.signature))
  ) {
    throw new UnusableStatus("The CRL is not signed by the CA that issued the certificate.");
  }
  const thisUpdate = list.thisUpdate.getTime();
  const nextUpdate = list.nextUpdate?.getTime();
  if (thisUpdate.getTime() > at.getTime() + clockSkewSeconds * 1000) {
    throw new UnusableStatus("The CRL is from the future.");
  }
  if (!nextUpdate || nextUpdate < at) throw new UnusableStatus("The CRL has ended (nextUpdate).");
  checkScope(list, card);

  const entries = list.revokedCertificates ?? [];
  refuseCritical(
    entries.flatMap(({ crlEntryExtensions }) => crlEntryExtensions ?? []),
    [id_ce_cRLReasons],
  );
  const entry = entries.find(({ userCertificate }) => serialHex(userCertificate) === card.serial);
  if (!entry) return { ok: true, status: "good", thisUpdate, nextUpdate };
  const reason = reasonOf(entry);
  const status = reason === CRLReasons.certificateHold ? "onHold" : "revoked";
  return { ok: true, status, reason: CRLReasons[reason] ?? "unspecified", thisUpdate, nextUpdate };
}

/** All generations have one name: a CRL of another one would simply not list the certificate. */
function checkGeneration(list: TBSCertList, anchor: TrustAnchor): void {
  const key = readOne(
    list.crlExtensions,
    id_ce_authorityKeyIdentifier,
    AuthorityKeyIdentifier,
  )?.keyIdentifier;
  if (key && Buffer.from(key.buffer).toString("hex") !== anchor.keyId) {
    throw new UnusableStatus("The CRL is from another generation of the CA than the certificate.");
  }
}

/** The CRL must cover this certificate and all reasons (RFC 5280 §5.2.5); delta CRLs are refused as critical. */
function checkScope(list: TBSCertList, card: CertificateFacts): void {
  refuseCritical(list.crlExtensions ?? [], [id_ce_issuingDistributionPoint, id_ce_authorityKeyIdentifier]);
  const scope = readOne(list.crlExtensions, id_ce_issuingDistributionPoint, IssuingDistributionPoint);
  if (!scope) return;
  const { onlyContainsCACerts, onlyContainsAttributeCerts, indirectCRL, onlySomeReasons } = scope;
  if (onlyContainsCACerts || onlyContainsAttributeCerts || indirectCRL || onlySomeReasons) {
    throw new UnusableStatus("The CRL does not cover the certificates of persons for all reasons.");
  }
  if (!scope.distributionPoint) return;
  const places = (scope.distributionPoint.fullName ?? []).map(placeText);
  if (!card.crlDistributionPoint || !places.includes(card.crlDistributionPoint)) {
    throw new UnusableStatus("The CRL is for another part (city) than the certificate.");
  }
}

function reasonOf({ crlEntryExtensions }: RevokedCertificate): CRLReasons {
  const reason = readOne(crlEntryExtensions, id_ce_cRLReasons, CRLReason)?.reason ?? CRLReasons.unspecified;
  if (reason === CRLReasons.removeFromCRL) throw new UnusableStatus("The CRL has an entry of a delta CRL.");
  return reason;
}

function refuseCritical(extensions: readonly Extension[], understood: readonly string[]): void {
  const unknown = extensions.find(({ critical, extnID }) => critical && !understood.includes(extnID));
  if (unknown) throw new UnusableStatus(`The CRL has the unknown critical extension ${unknown.extnID}.`);
}

function readOne<T>(
  extensions: readonly Extension[] | undefined,
  oid: string,
  type: new () => T,
): T | undefined {
  const [found, ...others] = (extensions ?? []).filter(({ extnID }) => extnID === oid);
  if (others.length > 0) throw new UnusableStatus(`The CRL has the extension ${oid} twice.`);
  return found && parseDer(new Uint8Array(found.extnValue.buffer), type, `extension ${oid}`);
}
