package kazasu.judges;

import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.tsp.TimeStampToken;

/**
 * A transaction whose signature and time-stamp hold, as Bouncy Castle reads it; Java itself has no CMS. Whether the
 * signer was trusted at that time is what the judges say.
 */
record Message(X509Certificate signer, List<X509Certificate> others, Date stampedAt) {
  static Message read(byte[] der, X509Certificate timeStamper) throws Exception {
    CMSSignedData cms = new CMSSignedData(der);
    SignerInformation signer = cms.getSignerInfos().iterator().next();
    X509CertificateHolder holder = only(cms, signer);
    X509Certificate certificate = new JcaX509CertificateConverter().getCertificate(holder);
    if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().build(certificate)))
      throw new SecurityException("the signature does not hold");
    return new Message(certificate, others(cms, holder), stampedAt(signer, timeStamper));
  }

  private static X509CertificateHolder only(CMSSignedData cms, SignerInformation signer) {
    var found = cms.getCertificates().getMatches(signer.getSID()).iterator();
    if (!found.hasNext()) throw new SecurityException("the signer's certificate is not in the message");
    return (X509CertificateHolder) found.next();
  }

  private static List<X509Certificate> others(CMSSignedData cms, X509CertificateHolder signer) throws Exception {
    var converter = new JcaX509CertificateConverter();
    var found = new ArrayList<X509Certificate>();
    for (X509CertificateHolder each : cms.getCertificates().getMatches(null))
      if (!each.equals(signer)) found.add(converter.getCertificate(each));
    return found;
  }

  private static Date stampedAt(SignerInformation signer, X509Certificate authority) throws Exception {
    Attribute attribute =
        signer.getUnsignedAttributes().get(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken);
    var token = new TimeStampToken(ContentInfo.getInstance(attribute.getAttrValues().getObjectAt(0)));
    token.validate(new JcaSimpleSignerInfoVerifierBuilder().build(authority));
    var info = token.getTimeStampInfo();
    var hash = MessageDigest.getInstance(info.getMessageImprintAlgOID().getId());
    byte[] digest = hash.digest(signer.getSignature());
    if (!MessageDigest.isEqual(digest, info.getMessageImprintDigest()))
      throw new SecurityException("the time-stamp is over something else");
    return info.getGenTime();
  }
}
