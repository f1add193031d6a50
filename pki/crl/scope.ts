import type { Certificate } from "../x509/certificate.ts";
import {
  crlDistributionPoints,
  type DistributionPointName,
  type IssuingDistributionPoint,
} from "../x509/distribution-point.ts";
import { readExtension } from "../x509/extension.ts";
import { type GeneralName, placeText } from "../x509/general-name.ts";
import { Name } from "../x509/name.ts";
import { basicConstraints } from "../x509/usage.ts";
import { UnusableCrl } from "./unusable-crl.ts";

/** The certificates that a list must cover. */
export interface CrlScope {
  /** Names of their distribution points, as returned by {@link placeOfText} or {@link scopeOf}; absent: not checked. */
  places?: readonly string[];
  isAuthority: boolean;
}

/** A distribution point by its name as text: a URL, or a directory name in the form of Name.text. */
export const placeOfText = (text: string): string => `text:${text}`;

/** The scope of one certificate (RFC 5280 §6.3.3 (b)). @throws BadCertificate */
export const scopeOf = (certificate: Certificate): CrlScope => ({
  places: pointNames(certificate).flatMap((name) => placesOf(name, certificate.issuer)),
  isAuthority: readExtension(certificate.extensions, basicConstraints)?.cA ?? false,
});

/** The http and https URLs of a certificate's CRL. @throws BadCertificate */
export const crlAddressesOf = (certificate: Certificate): string[] =>
  pointNames(certificate)
    .flatMap((name) => ("fullName" in name ? name.fullName : []))
    .flatMap((name) => (name.form === "uniformResourceIdentifier" ? [name.text] : []))
    .filter((address) => /^https?:/i.test(address));

/** Names of the points with a complete list: for all reasons, and signed by the certificate's own CA. */
const pointNames = ({ extensions }: Certificate): DistributionPointName[] =>
  (readExtension(extensions, crlDistributionPoints) ?? [])
    .filter(({ reasons, crlIssuer }) => reasons === undefined && crlIssuer === undefined)
    .flatMap(({ name }) => name ?? []);

/**
 * Refuses a list that does not cover all certificates of the scope for all reasons (RFC 5280 §5.2.5, §6.3.3 (b)). Without an
 * issuingDistributionPoint it covers everything of its issuer.
 */
export function requireScope(
  found: IssuingDistributionPoint | undefined,
  issuer: Name,
  { places, isAuthority }: CrlScope,
): void {
  if (!found) return;
  const limits = {
    indirectCRL: found.indirectCRL,
    onlySomeReasons: found.onlySomeReasons !== undefined,
    onlyContainsAttributeCerts: found.onlyContainsAttributeCerts,
    onlyContainsCACerts: found.onlyContainsCACerts && !isAuthority,
    onlyContainsUserCerts: found.onlyContainsUserCerts && isAuthority,
  };
  const limit = Object.entries(limits).find(([, isSet]) => isSet)?.[0];
  if (limit)
    throw new UnusableCrl(`The CRL does not cover certificates of this kind for all reasons (${limit}).`);
  if (!found.name || !places) return;
  const theirs = placesOf(found.name, issuer);
  if (!places.some((place) => theirs.includes(place)))
    throw new UnusableCrl("The CRL is for another part (distribution point) than the certificate.");
}

/** All names of a distribution point: each as text, and directory names as compared by RFC 5280 §7.1. */
function placesOf(point: DistributionPointName, issuer: Name): string[] {
  if ("fullName" in point) return point.fullName.flatMap(placesOfName);
  return placesOfDirectoryName([...issuer.rdns, point.nameRelativeToCrlIssuer]);
}

function placesOfName(name: GeneralName): string[] {
  if (name.form === "directoryName") return placesOfDirectoryName(name.name.rdns);
  const text = placeText(name);
  return text === undefined ? [] : [placeOfText(text)];
}

function placesOfDirectoryName(rdns: Name["rdns"]): string[] {
  const name = new Name(new Uint8Array(), rdns);
  return [placeOfText(name.text), `name:${JSON.stringify(name.comparable)}`];
}
