#!/usr/bin/env bash
# EU DSS 6.5 (eu.europa.ec.joinup.sd-dss:dss-validation), seen 2026-12-01 on a JDK 17.
#
# A certificate's cRLDistributionPoints and its CRL's issuingDistributionPoint may name the point by a URI or by a directory
# name (RFC 5280 §4.2.1.13: DistributionPointName, a GeneralNames), as the certificates of the Japanese JPKI do. The
# verifier is handed the CRL, so that nothing has to be fetched. One would expect the same result for both. DSS says
#
#   by a URI                PASSED
#   by a directory name     INDETERMINATE, "No revocation data found for the certificate!"
#
# DSS looks for a URI in the CRL's issuingDistributionPoint and, without one, takes the critical extension for unknown, and
# the CRL for invalid. It errs on the side of refusing.
#
# Source: CRLValidity.isUnknownCriticalExtension, AbstractCRLUtils.getUrl (dss-crl-parser).
# Wants: bash, openssl 3, a JDK of 17 or later, mvn. Exits 0 while this is so.
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
[uri]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
authorityKeyIdentifier = keyid
crlDistributionPoints = uri_point
[uri_point]
fullname = URI:http://crl.example/part.crl
[directory]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
authorityKeyIdentifier = keyid
crlDistributionPoints = directory_point
[directory_point]
fullname = dirName:part
[part]
C = JP
O = Example
CN = Part 1
[uri_crl]
issuingDistributionPoint = critical,@uri_point
[directory_crl]
issuingDistributionPoint = critical,@directory_point
[req]
distinguished_name = dn
[dn]
CNF
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf)
ca=(-config ca.cnf -cert root.pem -keyfile root.key)
openssl req -x509 "${ec[@]}" -keyout root.key -out root.pem -subj /CN=root -days 30 -extensions root 2>/dev/null
openssl req "${ec[@]}" -keyout leaf.key -out leaf.csr -subj /CN=leaf 2>/dev/null
touch index.txt
echo 'unique_subject = no' >index.txt.attr
echo 1001 >serial
for point in uri directory; do
  openssl ca -batch "${ca[@]}" -in leaf.csr -extensions $point -out $point.pem -days 20 2>/dev/null
  openssl ca -gencrl "${ca[@]}" -crlexts ${point}_crl -crlhours 24 -out $point.crl 2>/dev/null
  openssl verify -crl_check -CAfile root.pem -CRLfile $point.crl $point.pem >&2
done

dependency() { echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version></dependency>"; }
cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>a</groupId><artifactId>a</artifactId><version>1</version><dependencies>
$(for each in validation utils-apache-commons crl-parser-stream policy-jaxb; do
  dependency eu.europa.ec.joinup.sd-dss dss-$each 6.5
done)
$(dependency org.slf4j slf4j-nop 2.0.17)
</dependencies></project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies -DoutputDirectory=jars >&2

cat >Ask.java <<'JAVA'
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.CertificateValidator;
import java.io.File;

class Ask {
  public static void main(String[] args) throws Exception {
    for (String point : new String[] {"uri", "directory"}) {
      var trusted = new CommonTrustedCertificateSource();
      trusted.addCertificate(DSSUtils.loadCertificate(new File("root.pem")));
      var verifier = new CommonCertificateVerifier();
      verifier.setTrustedCertSources(trusted);
      verifier.setAIASource(null);
      verifier.setCrlSource(new ExternalResourcesCRLSource(new java.io.FileInputStream(point + ".crl")));
      CertificateToken leaf = DSSUtils.loadCertificate(new File(point + ".pem"));
      var validator = CertificateValidator.fromCertificate(leaf);
      validator.setCertificateVerifier(verifier);
      var reports = validator.validate();
      String id = leaf.getDSSIdAsString();
      int statuses = reports.getDiagnosticData().getUsedCertificateById(id).getCertificateRevocationData().size();
      System.out.println(
          point + ": " + reports.getSimpleReport().getCertificateIndication(id) + ", CRLs used: " + statuses);
    }
  }
}
JAVA
got=$(java -cp 'jars/*' Ask.java)
echo "$got"
diff <(echo "$got") - <<'EXPECTED'
uri: PASSED, CRLs used: 1
directory: INDETERMINATE, CRLs used: 0
EXPECTED
