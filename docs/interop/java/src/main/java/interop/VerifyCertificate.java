package interop;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;

/** Verifies a certificate and that it is not revoked now: VerifyCertificate CERTIFICATE ISSUING ROOT (DER). */
public final class VerifyCertificate {
  private VerifyCertificate() {}

  /**
   * Throws if there is no path to the root, if a certificate of it is revoked, and if the status of one cannot be had:
   * by OCSP for the subscriber's, by the root's CRL for the issuing CA's, whose certificate names no OCSP responder.
   */
  static void verify(X509Certificate certificate, X509Certificate issuing, X509Certificate root) throws Exception {
    // Java fetches no CRL that a certificate names unless it is told to.
    System.setProperty("com.sun.security.enableCRLDP", "true");
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    var validator = CertPathValidator.getInstance("PKIX");
    // Without options nothing is forgiven. SOFT_FAIL would take "no answer" for "good".
    parameters.addCertPathChecker((PKIXRevocationChecker) validator.getRevocationChecker());
    var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate, issuing));
    validator.validate(path, parameters);
    boolean[] usage = certificate.getKeyUsage();
    if (usage == null || !usage[1]) throw new SecurityException("not for signatures: no nonRepudiation");
  }

  public static void main(String[] args) throws Exception {
    var x509 = CertificateFactory.getInstance("X.509");
    try {
      var given = new X509Certificate[3];
      for (int index = 0; index < given.length; index++) {
        byte[] der = Files.readAllBytes(Path.of(args[index]));
        given[index] = (X509Certificate) x509.generateCertificate(new ByteArrayInputStream(der));
      }
      verify(given[0], given[1], given[2]);
      System.out.println(given[0].getSubjectX500Principal().getName("RFC1779"));
    } catch (Exception refusal) {
      System.err.println("refused: " + refusal + (refusal.getCause() == null ? "" : ": " + refusal.getCause()));
      System.exit(1);
    }
  }
}
