import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AuthorityInfoAccessSyntax,
  CRLDistributionPoints,
  id_ad_caIssuers,
  id_ad_ocsp,
  id_ce_cRLDistributionPoints,
  id_pe_authorityInfoAccess,
} from "@peculiar/asn1-x509";
import { contentOf } from "../content.ts";
import type { Rule } from "../rule.ts";
import type { Specimen } from "../specimen.ts";

/** `<generation>/<shard>.crl` below the base, with the generation set apart. */
const crlPath = /^(g[1-9]\d*)\/(?:0|[1-9]\d{0,2})\.crl$/;

/** What comes after a base address; `undefined` when the address is not below it, or not plain http. */
function below(base: string, address: string | undefined): string | undefined {
  const prefix = `${new URL(base).href.replace(/\/$/, "")}/`;
  return prefix.startsWith("http://") && address?.startsWith(prefix)
    ? address.slice(prefix.length)
    : undefined;
}

/** The one address of the CRL; `undefined` when there is not exactly one. */
function crlAddress(specimen: Specimen): string | undefined {
  const content = contentOf(specimen, id_ce_cRLDistributionPoints);
  if (content === undefined) return undefined;
  const [point, ...more] = Array.from(AsnConvert.parse(content, CRLDistributionPoints));
  const [name, ...others] = point?.distributionPoint?.fullName ?? [];
  const isWhole = point?.reasons === undefined && point?.cRLIssuer === undefined;
  return isWhole && more.length === 0 && others.length === 0 ? name?.uniformResourceIdentifier : undefined;
}

/** Where the status is found. Both ways must be there: OCSP for one certificate, the CRL when OCSP is down. */
export const statusRules: readonly Rule[] = [
  {
    id: "crl-distribution-point",
    source: "RFC 5280 §4.2.1.13 and §8 (http), ETSI EN 319 412-2 §4.3.11",
    check: (specimen) =>
      crlPath.test(below(specimen.context.urls.crlBase, crlAddress(specimen)) ?? "")
        ? undefined
        : "There is not exactly one whole CRL, over http, at the configured address.",
  },
  {
    id: "authority-information-access",
    source: "RFC 5280 §4.2.2.1 and §8 (http), ETSI EN 319 412-2 GEN-4.4.1-3 and GEN-4.4.1-6",
    check: (specimen) => {
      const { urls } = specimen.context;
      const content = contentOf(specimen, id_pe_authorityInfoAccess);
      if (content === undefined) return "There is no authorityInfoAccess.";
      const accesses = Array.from(AsnConvert.parse(content, AuthorityInfoAccessSyntax));
      const of = (method: string) =>
        accesses
          .filter(({ accessMethod }) => accessMethod === method)
          .map(({ accessLocation }) => accessLocation.uniformResourceIdentifier);
      const [[ocsp, ...moreOcsp], [issuers, ...moreIssuers]] = [of(id_ad_ocsp), of(id_ad_caIssuers)];
      if (accesses.length !== 2 || moreOcsp.length > 0 || moreIssuers.length > 0)
        return "There is not exactly one OCSP responder and one address of the issuing CA's certificate.";
      if (ocsp === undefined || ocsp !== new URL(urls.ocsp).href || !ocsp.startsWith("http://"))
        return "The OCSP responder is not at the configured address, over http.";
      const issuer = below(urls.caIssuersBase ?? urls.crlBase, issuers);
      return /^g[1-9]\d*\/issuing\.cer$/.test(issuer ?? "")
        ? undefined
        : "The issuing CA's certificate is not at the configured address, over http.";
    },
  },
  {
    id: "one-generation",
    source: "the CA's own order: CRL and issuing CA's certificate are of one generation",
    check: (specimen) => {
      const { urls } = specimen.context;
      const content = contentOf(specimen, id_pe_authorityInfoAccess);
      const accesses = content ? Array.from(AsnConvert.parse(content, AuthorityInfoAccessSyntax)) : [];
      const issuers = accesses.find(({ accessMethod }) => accessMethod === id_ad_caIssuers);
      const address = issuers?.accessLocation.uniformResourceIdentifier;
      const [ofIssuer] = (below(urls.caIssuersBase ?? urls.crlBase, address) ?? "").split("/");
      const [ofCrl] = (below(urls.crlBase, crlAddress(specimen)) ?? "").split("/");
      // What is missing or elsewhere is for the rules before.
      return ofIssuer && ofCrl && ofIssuer !== ofCrl
        ? "The CRL and the issuing CA's certificate are of two generations."
        : undefined;
    },
  },
];
