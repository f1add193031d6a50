package kazasu.judges;

import java.security.Provider;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The path of a signer's certificate to the root as of the time-stamp, by a provider's PKIX and its default revocation
 * checker: every certificate's status is asked for, and none that cannot be had is forgiven.
 */
final class Pkix {
  private Pkix() {}

  static String judge(Court court, Exhibits.Exhibit exhibit, Provider provider) throws Exception {
    X509Certificate timeStamper = court.certificate(court.exhibits().timeStamper());
    Message message = Message.read(court.bytes(exhibit.cms()), timeStamper);
    var anchor = new TrustAnchor(court.certificate(court.exhibits().root()), null);
    var parameters = new PKIXParameters(Set.of(anchor));
    parameters.setDate(message.stampedAt());
    var crls = new CollectionCertStoreParameters(court.crls(exhibit));
    parameters.addCertStore(CertStore.getInstance("Collection", crls));

    CertPathValidator validator = CertPathValidator.getInstance("PKIX", provider);
    var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    if (exhibit.ocsp().isEmpty()) checker.setOptions(Set.of(Option.PREFER_CRLS));
    else checker.setOcspResponses(Map.of(message.signer(), court.bytes(exhibit.ocsp().get(0))));
    parameters.addCertPathChecker(checker);
    validator.validate(pathOf(message), parameters);
    return "a path as of " + message.stampedAt().toInstant();
  }

  /** The signer's certificate, and its issuer's from the message. */
  private static CertPath pathOf(Message message) throws Exception {
    var issuers =
        message.others().stream()
            .filter(each -> each.getSubjectX500Principal().equals(message.signer().getIssuerX500Principal()));
    return CertificateFactory.getInstance("X.509")
        .generateCertPath(Stream.concat(Stream.of(message.signer()), issuers).toList());
  }
}
