#!/usr/bin/env bash
# The JDK's own PKIX (provider SUN), OpenJDK 17.0.15, seen 2026-12-01.
#
# A certificatePolicies extension may be critical, and a policy in it may have a qualifier with the address of the CA's
# practice statement, one of the two that RFC 5280 §4.2.1.4 defines. The certificates of the Japanese JPKI have both.
# One would expect that they validate by default: no policy is asked for, and the address asks nothing of a verifier.
# The JDK says
#
#   critical, without the address    valid
#   critical, with the address       critical policy qualifiers present in certificate
#   not critical, with the address   valid
#
# until PKIXParameters.setPolicyQualifiersRejected(false) is called, whose documentation says so. Bouncy Castle's provider,
# OpenSSL, GnuTLS and Go accept the second, too. It errs on the side of refusing.
#
# Wants: bash, openssl 3, a JDK of 17 or later. Exits 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >ca.cnf <<'CNF'
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[critical]
certificatePolicies = critical,1.3.6.1.4.1.32473.1.1
[critical_cps]
certificatePolicies = critical,@with_cps
[cps]
certificatePolicies = @with_cps
[with_cps]
policyIdentifier = 1.3.6.1.4.1.32473.1.1
CPS.1 = https://ca.example/cps
[req]
distinguished_name = dn
[dn]
CNF
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf)
openssl req -x509 "${ec[@]}" -keyout root.key -out root.pem -subj /CN=root -days 30 -extensions root 2>/dev/null
openssl req "${ec[@]}" -keyout leaf.key -out leaf.csr -subj /CN=leaf 2>/dev/null
for policies in critical critical_cps cps; do
  openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -days 20 -extfile ca.cnf -extensions $policies \
    -out $policies.pem 2>/dev/null
  openssl verify -CAfile root.pem $policies.pem >&2
done

cat >Ask.java <<'JAVA'
import java.io.FileInputStream;
import java.security.cert.*;
import java.util.*;

class Ask {
  public static void main(String[] args) throws Exception {
    for (String policies : List.of("critical", "critical_cps", "cps"))
      for (boolean rejected : policies.equals("critical_cps") ? new boolean[] {true, false} : new boolean[] {true})
        System.out.println(policies + (rejected ? "" : ", qualifiers not rejected") + ": " + ask(policies, rejected));
  }

  static String ask(String policies, boolean rejected) throws Exception {
    CertificateFactory x509 = CertificateFactory.getInstance("X.509");
    X509Certificate root = (X509Certificate) x509.generateCertificate(new FileInputStream("root.pem"));
    X509Certificate leaf = (X509Certificate) x509.generateCertificate(new FileInputStream(policies + ".pem"));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setRevocationEnabled(false);
    if (!rejected) parameters.setPolicyQualifiersRejected(false);
    try {
      CertPathValidator.getInstance("PKIX", "SUN").validate(x509.generateCertPath(List.of(leaf)), parameters);
      return "valid";
    } catch (CertPathValidatorException refusal) {
      return refusal.getMessage();
    }
  }
}
JAVA
java -version 2>&1 | head -1 >&2
got=$(java Ask.java)
echo "$got"
diff <(echo "$got") - <<'EXPECTED'
critical: valid
critical_cps: critical policy qualifiers present in certificate
critical_cps, qualifiers not rejected: valid
cps: valid
EXPECTED
