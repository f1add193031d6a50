#!/usr/bin/env bash
# Bouncy Castle 1.85 (org.bouncycastle:bcprov-jdk18on), seen 2026-11-30 on a JDK 17.
#
# A path is validated as of a date (PKIXParameters.setDate) a minute BEFORE the certificate's revocation takes effect,
# with a status that was published five minutes after it. One would expect one answer, whichever way the status came:
# RFC 5280 and RFC 6960 give the time of the revocation in both. Its provider answers, for one and the same certificate:
#
#   CRL, cessationOfOperation    valid
#   CRL, keyCompromise           revoked   (so do a missing reason and unspecified: these reasons reach back)
#   OCSP, cessationOfOperation   revoked   (revocationTime is not compared at all)
#
# The JDK's own provider says "valid" three times. So a signature that was time-stamped before a revocation can be
# checked with Bouncy Castle by CRL or by OCSP with different results. It errs on the side of refusing.
#
# Source: CertPathValidatorUtilities.getCertStatus, ProvOcspRevocationChecker.check.
# Wants: bash, openssl 3, a JDK of 17 or later, mvn. Exits 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy \
  -Dartifact=org.bouncycastle:bcprov-jdk18on:1.85 -DoutputDirectory=jars >&2

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
openssl req -x509 "${ec[@]}" -keyout root.key -out root.pem -subj /CN=root -days 30 -extensions root 2>/dev/null
openssl req "${ec[@]}" -keyout leaf.key -out leaf.csr -subj /CN=leaf 2>/dev/null
at() { date -u -d "@$1" +%y%m%d%H%M%SZ; }
now=$(date +%s)
revoked=$((now - 300)) # the path is validated as of a minute before
touch index.txt
echo 1001 >serial
openssl ca -batch -config ca.cnf -cert root.pem -keyfile root.key -in leaf.csr -extensions leaf -out leaf.pem \
  -startdate "$(at $((now - 864000)))" -enddate "$(at $((now + 864000)))" 2>/dev/null

crl() { # reason
  printf 'R\t%s\t%s,%s\t1001\tunknown\t/CN=leaf\n' "$(at $((now + 864000)))" "$(at $revoked)" "$1" >index.txt
  openssl ca -gencrl -config ca.cnf -cert root.pem -keyfile root.key -crlhours 24 -out "$1.crl" 2>/dev/null
}
crl keyCompromise
crl cessationOfOperation
openssl ocsp -issuer root.pem -cert leaf.pem -no_nonce -reqout question 2>/dev/null >/dev/null
openssl ocsp -index index.txt -CA root.pem -rsigner root.pem -rkey root.key -reqin question -ndays 2 \
  -respout answer 2>/dev/null >/dev/null

cat >Ask.java <<'JAVA'
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.security.Security;
import java.security.cert.*;
import java.time.Instant;
import java.util.*;

class Ask {
  public static void main(String[] args) throws Exception {
    Provider bc = new org.bouncycastle.jce.provider.BouncyCastleProvider();
    Security.addProvider(bc);
    Date date = Date.from(Instant.ofEpochSecond(Long.parseLong(args[0])));
    for (Provider provider : List.of(bc, Security.getProvider("SUN")))
      for (String status : List.of("cessationOfOperation.crl", "keyCompromise.crl", "answer"))
        System.out.println(provider.getName() + " " + status + " " + ask(provider, status, date));
  }

  static String ask(Provider provider, String status, Date date) throws Exception {
    CertificateFactory x509 = CertificateFactory.getInstance("X.509");
    X509Certificate root = (X509Certificate) x509.generateCertificate(new FileInputStream("root.pem"));
    X509Certificate leaf = (X509Certificate) x509.generateCertificate(new FileInputStream("leaf.pem"));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setDate(date);
    CertPathValidator validator = CertPathValidator.getInstance("PKIX", provider);
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
      return refusal.toString().matches("(?s).*revo(ked|cation after).*") ? "revoked" : "refused: " + refusal;
    }
  }
}
JAVA
got=$(java -cp 'jars/*' Ask.java "$((revoked - 60))")
echo "$got"
diff <(echo "$got") - <<'EXPECTED'
BC cessationOfOperation.crl valid
BC keyCompromise.crl revoked
BC answer revoked
SUN cessationOfOperation.crl valid
SUN keyCompromise.crl valid
SUN answer valid
EXPECTED
