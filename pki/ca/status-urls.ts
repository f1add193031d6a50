/** Public URLs of a certificate's status, its issuer and the CA's practice statement. */
export interface StatusUrls {
  /** http, without a trailing slash. The CRLs are below it. */
  crlBase: string;
  /** http. */
  ocsp: string;
  /** http, without a trailing slash. The issuing CA's certificates are below it. */
  caIssuersBase?: string;
  /** http or https: the certification practice statement. */
  cps?: string;
}

/**
 * The URL of one CRL: distribution point of its certificates and issuingDistributionPoint of the list itself, which relying
 * parties compare octet by octet (RFC 5280 §6.3.3). Throws TypeError.
 */
export const crlUrl = (base: string, generation: string, shard: number): string =>
  plainUrl(`${base}/${generation}/${shard}.crl`);

/** The URL of a generation's issuing CA certificate, DER (RFC 5280 §4.2.2.1). Throws TypeError. */
export const issuerUrl = (base: string, generation: string): string =>
  plainUrl(`${base}/${generation}/issuing.cer`);

/** A status URL: http and not https, whose certificates would themselves have to be checked (RFC 5280 §8). Throws TypeError. */
export const plainUrl = (text: string): string => checkedUrl(text, /^http:\/\//, "http");

/** A URL for people to read. Throws TypeError. */
export const readersUrl = (text: string): string => checkedUrl(text, /^https?:\/\//, "http(s)");

/** Certificates have URLs as ASCII (IA5String), which is how the URL parser writes them. */
function checkedUrl(text: string, scheme: RegExp, schemes: string): string {
  if (!scheme.test(text) || !URL.canParse(text) || new URL(text).href.length > 512) {
    throw new TypeError(
      `An address in a certificate is an absolute ${schemes} URL of at most 512 characters; look at the configuration.`,
    );
  }
  return new URL(text).href;
}
