package kazasu.judges;

import java.security.Provider;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The path of a signer's certificate to the root, as of the time-stamp, by the PKIX algorithms of a provider and its
 * default revocation checker: every certificate's status is asked for, and none that cannot be had is forgiven.
 */
final class Pkix {
  private Pkix() {}

  static String judge(Court court, Exhibits.Exhibit exhibit, Provider provider) throws Exception {
    Message message = Message.read(court.bytes(exhibit.cms()), court.certificate(court.exhibits().timeStamper()));
    var selector = new X509CertSelector();
    selector.setCertificate(message.signer());
    var anchor = new TrustAnchor(court.certificate(court.exhibits().root()), null);
    var parameters = new PKIXBuilderParameters(Set.of(anchor), selector);
    parameters.setDate(message.stampedAt());
    List<Object> known = new ArrayList<>(court.crls(exhibit));
    known.add(message.signer());
    known.addAll(message.others());
    parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(known)));

    CertPathBuilder builder = CertPathBuilder.getInstance("PKIX", provider);
    var checker = (PKIXRevocationChecker) builder.getRevocationChecker();
    if (exhibit.ocsp().isEmpty()) checker.setOptions(Set.of(PKIXRevocationChecker.Option.PREFER_CRLS));
    Map<X509Certificate, byte[]> answers = new HashMap<>();
    for (String name : exhibit.ocsp()) answers.put(message.signer(), court.bytes(name));
    checker.setOcspResponses(answers);
    parameters.addCertPathChecker(checker);
    builder.build(parameters);
    return "a path as of " + message.stampedAt().toInstant();
  }
}
