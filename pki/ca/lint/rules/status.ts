import type { DistributionPoint } from "../../../x509/distribution-point.ts";
import type { GeneralName } from "../../../x509/general-name.ts";
import { type AccessDescription, accessMethods } from "../../../x509/information-access.ts";
import { checkContent, contentOf } from "../content.ts";
import type { Rule } from "../rule.ts";

/** `<generation>/<shard>.crl` below the base URL. */
const crlPath = /^(g[1-9]\d*)\/(?:0|[1-9]\d{0,2})\.crl$/;

/** The path below a base URL; `undefined` if the URL is not below it, or not plain http. */
function below(base: string, address: string | undefined): string | undefined {
  const prefix = `${new URL(base).href.replace(/\/$/, "")}/`;
  return prefix.startsWith("http://") && address?.startsWith(prefix)
    ? address.slice(prefix.length)
    : undefined;
}

const urlOf = (name: GeneralName | undefined): string | undefined =>
  name?.form === "uniformResourceIdentifier" ? name.text : undefined;

/** The single URL of the CRL; `undefined` unless there is exactly one. */
function crlAddress([point, ...more]: readonly DistributionPoint[]): string | undefined {
  const [name, ...others] = point?.name && "fullName" in point.name ? point.name.fullName : [];
  const isWhole = point?.reasons === undefined && point?.crlIssuer === undefined;
  return isWhole && more.length === 0 && others.length === 0 ? urlOf(name) : undefined;
}

const addressesOf = (accesses: readonly AccessDescription[], method: string): (string | undefined)[] =>
  accesses.filter((access) => access.method === method).map(({ location }) => urlOf(location));

const noCrl = "There is not exactly one complete CRL, over http, at the configured URL.";

/** Rules on the sources of status. Both are required: OCSP, and the CRL if OCSP is down. */
export const statusRules: readonly Rule[] = [
  {
    id: "crl-distribution-point",
    source: "RFC 5280 §4.2.1.13 and §8 (http), ETSI EN 319 412-2 §4.3.11",
    check: (specimen) =>
      checkContent(specimen, "crlDistributionPoints", noCrl, (points) =>
        crlPath.test(below(specimen.context.urls.crlBase, crlAddress(points)) ?? "") ? undefined : noCrl,
      ),
  },
  {
    id: "authority-information-access",
    source: "RFC 5280 §4.2.2.1 and §8 (http), ETSI EN 319 412-2 GEN-4.4.1-3 and GEN-4.4.1-6",
    check: (specimen) => {
      const { urls } = specimen.context;
      return checkContent(
        specimen,
        "authorityInfoAccess",
        "The authorityInfoAccess is missing.",
        (accesses) => {
          const [ocsp, ...moreOcsp] = addressesOf(accesses, accessMethods.ocsp);
          const [issuers, ...moreIssuers] = addressesOf(accesses, accessMethods.caIssuers);
          if (accesses.length !== 2 || moreOcsp.length > 0 || moreIssuers.length > 0)
            return "There is not exactly one OCSP responder and one URL of the issuing CA's certificate.";
          if (ocsp === undefined || ocsp !== new URL(urls.ocsp).href || !ocsp.startsWith("http://"))
            return "The OCSP responder is not at the configured URL, over http.";
          const issuer = below(urls.caIssuersBase ?? urls.crlBase, issuers);
          return /^g[1-9]\d*\/issuing\.cer$/.test(issuer ?? "")
            ? undefined
            : "The issuing CA's certificate is not at the configured URL, over http.";
        },
      );
    },
  },
  {
    id: "one-generation",
    source: "the CA's own rule: CRL and issuing CA's certificate are of one generation",
    check: (specimen) => {
      const { urls } = specimen.context;
      const accesses = contentOf(specimen, "authorityInfoAccess") ?? [];
      const [address] = addressesOf(accesses, accessMethods.caIssuers);
      const [ofIssuer] = (below(urls.caIssuersBase ?? urls.crlBase, address) ?? "").split("/");
      const points = contentOf(specimen, "crlDistributionPoints") ?? [];
      const [ofCrl] = (below(urls.crlBase, crlAddress(points)) ?? "").split("/");
      // Missing or wrong ones are reported by the rules before.
      return ofIssuer && ofCrl && ofIssuer !== ofCrl
        ? "The CRL and the issuing CA's certificate are of two generations."
        : undefined;
    },
  },
];
