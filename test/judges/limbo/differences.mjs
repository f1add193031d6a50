/** Why a case is answered otherwise than x509-limbo wants. Every pattern is of cases that we accept, unless it says so. */
const reasons = [
  [
    /^webpki::(cn|san)::|^rfc5280::ca-as-leaf-wrong-san$/,
    "host names: a path says who vouches for a certificate; whom it names is the caller's to judge",
  ],
  [
    /^rfc5280::(aki|ski|serial)::|^rfc5280::nc::(permitted-dns-match-noncritical|not-allowed-in-ee.*)$/,
    "a rule for those who issue (RFC 5280 §4), which §6.1 does not ask of those who validate",
  ],
  [
    /^rfc5280::(pc::ica-noncritical-pc|root-non-critical-basic-constraints|leaf-ku-keycertsign)$/,
    "a rule for those who issue (RFC 5280 §4), which §6.1 does not ask of those who validate",
  ],
  [
    /^rfc5280::san::(noncritical-with-empty-subject|underscore-dns|ip-in-dns)$/,
    "a rule for those who issue (RFC 5280 §4), which §6.1 does not ask of those who validate",
  ],
  [
    /^webpki::(aki|eku)::|^webpki::(malformed-aia|v1-cert|ee-basicconstraints-ca|ca-as-leaf|forbidden-rsa.*)$/,
    "a rule of the CA/Browser Forum for TLS servers",
  ],
  [/^crl::crlnumber-critical$/, "a critical cRLNumber is understood, so its list is read"],
  [
    /^pathlen::max-chain-depth-1-self-issued$/,
    "refused, though valid: our limit counts every certificate of a path, self-issued ones too",
  ],
];

const refusedThoughValid = ["pathlen::max-chain-depth-1-self-issued"];

/** The reason of a difference; empty where there is none. */
export function reasonFor({ id }, { ok }) {
  if (ok === refusedThoughValid.includes(id)) return "";
  return reasons.find(([pattern]) => pattern.test(id))?.[1] ?? "";
}
