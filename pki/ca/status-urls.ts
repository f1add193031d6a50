/** Where the world finds a certificate's status, its issuer and the CA's rules. */
export interface StatusUrls {
  /** http, no slash at the end. The CRLs are below it. */
  crlBase: string;
  /** http. */
  ocsp: string;
  /** http, no slash at the end. The issuing CA's certificates are below it. */
  caIssuersBase?: string;
  /** http or https: the certification practice statement. */
  cps?: string;
}

/**
 * The address of one CRL: distribution point of its certificates and issuingDistributionPoint of the list itself, which
 * relying parties compare octet by octet (RFC 5280 §6.3.3). Throws TypeError.
 */
export const crlUrl = (base: string, generation: string, shard: number): string =>
  plainUrl(`${base}/${generation}/${shard}.crl`);

/** The address of a generation's issuing CA certificate, DER (RFC 5280 §4.2.2.1). Throws TypeError. */
export const issuerUrl = (base: string, generation: string): string =>
  plainUrl(`${base}/${generation}/issuing.cer`);

/**
 * An address of status: http and not https, whose certificates would have to be checked in their turn (RFC 5280 §8).
 * Throws TypeError.
 */
export const plainUrl = (text: string): string => checkedUrl(text, /^http:\/\//, "http");

/** An address for people to read. Throws TypeError. */
export const readersUrl = (text: string): string => checkedUrl(text, /^https?:\/\//, "http(s)");

/** Certificates carry addresses as ASCII (IA5String), which is how the URL parser writes them. */
function checkedUrl(text: string, scheme: RegExp, schemes: string): string {
  if (!scheme.test(text) || !URL.canParse(text) || new URL(text).href.length > 512) {
    throw new TypeError(
      `An address in a certificate is an absolute ${schemes} URL of at most 512 characters; look at the configuration.`,
    );
  }
  return new URL(text).href;
}
