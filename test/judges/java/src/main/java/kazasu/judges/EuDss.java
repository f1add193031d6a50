package kazasu.judges;

import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Date;
import java.util.List;

/** EU DSS with its default policy (EN 319 102-1), everything offline, trusting our root and the time-stamp authority. */
public final class EuDss {
  private EuDss() {}

  public static void main(String[] args) throws IOException {
    Court.hold(args, EuDss::judge);
  }

  private static String judge(Court court, Exhibits.Exhibit exhibit) throws Exception {
    var trusted = new CommonTrustedCertificateSource();
    for (String name : List.of(court.exhibits().root(), court.exhibits().timeStamper()))
      trusted.addCertificate(new CertificateToken(court.certificate(name)));
    var verifier = new CommonCertificateVerifier();
    verifier.setTrustedCertSources(trusted);
    verifier.setAIASource(null);
    verifier.setCrlSource(new ExternalResourcesCRLSource(streams(court, exhibit.crls())));
    verifier.setOcspSource(new ExternalResourcesOCSPSource(streams(court, exhibit.ocsp())));

    var validator = SignedDocumentValidator.fromDocument(new InMemoryDocument(court.bytes(exhibit.cms())));
    validator.setCertificateVerifier(verifier);
    validator.setValidationTime(new Date(exhibit.judgedAt() * 1000));
    SimpleReport report = validator.validateDocument().getSimpleReport();
    String id = report.getFirstSignatureId();
    String word = report.getIndication(id) + "/" + report.getSubIndication(id);
    if (report.getIndication(id) == Indication.TOTAL_PASSED) return word;
    throw new SecurityException(word + " " + report.getAdESValidationErrors(id).stream().map(e -> e.getValue()).toList());
  }

  private static InputStream[] streams(Court court, List<String> names) throws IOException {
    InputStream[] streams = new InputStream[names.size()];
    for (int index = 0; index < streams.length; index++)
      streams[index] = new ByteArrayInputStream(court.bytes(names.get(index)));
    return streams;
  }
}
