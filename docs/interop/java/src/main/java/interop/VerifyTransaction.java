package interop;

import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.File;
import java.nio.charset.StandardCharsets;

/** Verifies a time-stamped transaction (CAdES-B-T): VerifyTransaction CMS ROOT TSA SUBJECT. */
public final class VerifyTransaction {
  private VerifyTransaction() {}

  /**
   * Returns the signed text. {@code tsa}: the time-stamp authority's certificate, as your trusted list names it;
   * {@code subject}: the customer's pseudonym, {@code sub} of the ID token. Throws unless the signature was there, by the
   * time-stamp, before any revocation of the signer's certificate (EN 319 102-1).
   */
  static String verify(File cms, CertificateToken root, CertificateToken tsa, String subject) throws Exception {
    var trusted = new CommonTrustedCertificateSource();
    trusted.addCertificate(root);
    trusted.addCertificate(tsa);
    var verifier = new CommonCertificateVerifier();
    verifier.setTrustedCertSources(trusted);
    verifier.setAIASource(null); // the message brings the CA's certificate
    verifier.setCrlSource(new OnlineCRLSource());
    verifier.setOcspSource(new OnlineOCSPSource());
    var validator = SignedDocumentValidator.fromDocument(new FileDocument(cms));
    validator.setCertificateVerifier(verifier);
    var reports = validator.validateDocument();
    var report = reports.getSimpleReport();
    String id = report.getFirstSignatureId();
    if (report.getSignaturesCount() != 1) throw new SecurityException("not one signature");
    if (report.getIndication(id) != Indication.TOTAL_PASSED)
      throw new SecurityException(report.getSubIndication(id) + " " + report.getAdESValidationErrors(id).stream().map(each -> each.getValue()).toList());
    if (report.getSignatureTimestamps(id).stream().noneMatch(each -> each.getIndication() == Indication.PASSED))
      throw new SecurityException("no time-stamp of an authority that is trusted");
    var signer = reports.getDiagnosticData().getSignatureById(id).getSigningCertificate();
    if (!subject.equals(signer.getSubjectSerialNumber()))
      throw new SecurityException("the subject is another: " + signer.getSubjectSerialNumber());
    var content = DSSUtils.toByteArray(validator.getOriginalDocuments(id).get(0));
    return new String(content, StandardCharsets.UTF_8);
  }

  public static void main(String[] args) throws Exception {
    try {
      var root = DSSUtils.loadCertificate(new File(args[1]));
      System.out.println(verify(new File(args[0]), root, DSSUtils.loadCertificate(new File(args[2])), args[3]));
    } catch (Exception refusal) {
      System.err.println("refused: " + refusal);
      System.exit(1);
    }
  }
}
