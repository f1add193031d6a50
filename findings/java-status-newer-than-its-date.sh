#!/usr/bin/env bash
# The JDK's own PKIX (provider SUN, PKIXRevocationChecker), OpenJDK 17.0.15 and 25.0.3, seen 2026-11-30.
#
# A path is validated as of a date in the past (PKIXParameters.setDate), the time in a time-stamp say, with a CRL or an
# OCSP answer that was published later. One would expect that a newer status is at least as good: it still names the time
# of each revocation, and the JDK does compare that time with the date. But it takes no status whose thisUpdate is more
# than 15 minutes after the date (MAX_CLOCK_SKEW in RevocationChecker and OCSPResponse of sun.security.provider.certpath).
# com.sun.security.ocsp.clockSkew widens it for OCSP; nothing does for CRLs. Of a certificate never revoked it says
#
#   as of 14 minutes before the status   CRL valid          OCSP valid
#   as of 16 minutes before the status   CRL undetermined   OCSP undetermined
#
# So who wants to check a time-stamped signature in Java later keeps the status of the hour in which it was made.
#
# Wants: bash, openssl 3, a JDK of 17 or later. Exits 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >ca.cnf <<'CNF'
[ca]
default_ca = it
[it]
database = index.txt
default_md = sha256
serial = serial
new_certs_dir = .
policy = any
[any]
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
[req]
distinguished_name = dn
[dn]
CNF
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf)
ca=(-config ca.cnf -cert root.pem -keyfile root.key)
openssl req -x509 "${ec[@]}" -keyout root.key -out root.pem -subj /CN=root -days 30 -extensions root 2>/dev/null
openssl req "${ec[@]}" -keyout leaf.key -out leaf.csr -subj /CN=leaf 2>/dev/null
touch index.txt
echo 1001 >serial
openssl ca -batch "${ca[@]}" -in leaf.csr -extensions leaf -out leaf.pem -days 20 \
  -startdate "$(date -u -d '10 days ago' +%y%m%d%H%M%SZ)" 2>/dev/null
openssl ca -gencrl "${ca[@]}" -crlhours 24 -out crl 2>/dev/null
openssl ocsp -issuer root.pem -cert leaf.pem -no_nonce -reqout question >/dev/null 2>&1
openssl ocsp -index index.txt -CA root.pem -rsigner root.pem -rkey root.key -reqin question -ndays 1 \
  -respout answer >/dev/null 2>&1

cat >Ask.java <<'JAVA'
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.*;
import java.time.Instant;
import java.util.*;

class Ask {
  public static void main(String[] args) throws Exception {
    X509CRL crl = (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new FileInputStream("crl"));
    for (int minutes : new int[] {14, 16})
      for (String status : List.of("crl", "answer")) {
        Instant date = crl.getThisUpdate().toInstant().minusSeconds(minutes * 60L);
        System.out.println(minutes + " minutes before, " + status + ": " + ask(status, Date.from(date)));
      }
  }

  static String ask(String status, Date date) throws Exception {
    CertificateFactory x509 = CertificateFactory.getInstance("X.509");
    X509Certificate root = (X509Certificate) x509.generateCertificate(new FileInputStream("root.pem"));
    X509Certificate leaf = (X509Certificate) x509.generateCertificate(new FileInputStream("leaf.pem"));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setDate(date);
    CertPathValidator validator = CertPathValidator.getInstance("PKIX", "SUN");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    if (status.equals("answer")) checker.setOcspResponses(Map.of(leaf, Files.readAllBytes(Path.of(status))));
    else {
      checker.setOptions(Set.of(PKIXRevocationChecker.Option.PREFER_CRLS));
      CRL crl = x509.generateCRL(new FileInputStream(status));
      parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(crl))));
    }
    parameters.addCertPathChecker(checker);
    try {
      validator.validate(x509.generateCertPath(List.of(leaf)), parameters);
      return "valid";
    } catch (CertPathValidatorException refusal) {
      boolean unsure = refusal.toString().matches("(?s).*(determine revocation|unreliable).*");
      return unsure ? "undetermined" : "refused: " + refusal;
    }
  }
}
JAVA
java -version 2>&1 | head -1 >&2
got=$(java Ask.java)
echo "$got"
diff <(echo "$got") - <<'EXPECTED'
14 minutes before, crl: valid
14 minutes before, answer: valid
16 minutes before, crl: undetermined
16 minutes before, answer: undetermined
EXPECTED
