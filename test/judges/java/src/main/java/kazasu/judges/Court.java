package kazasu.judges;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Puts the cases of a folder to a judge, and prints its verdicts as JSON. */
record Court(Path folder, Exhibits exhibits) {
  interface Judge {
    /** Returns words of acceptance, and throws to refuse. */
    String judge(Court court, Exhibits.Exhibit exhibit) throws Exception;
  }

  static void hold(String[] args, Judge judge) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Path folder = Path.of(args[0]);
    Court court = new Court(folder, json.readValue(folder.resolve("cases.json").toFile(), Exhibits.class));
    List<Verdict> verdicts = new ArrayList<>();
    for (Exhibits.Exhibit exhibit : court.exhibits.cases()) verdicts.add(court.verdict(exhibit, judge));
    System.out.println(json.writeValueAsString(verdicts));
  }

  private Verdict verdict(Exhibits.Exhibit exhibit, Judge judge) {
    try {
      return new Verdict(exhibit.name(), true, judge.judge(this, exhibit));
    } catch (Exception error) {
      return new Verdict(exhibit.name(), false, wordsOf(error));
    }
  }

  private static String wordsOf(Throwable error) {
    String words = error.getClass().getSimpleName() + ": " + error.getMessage();
    Throwable cause = error.getCause();
    return cause == null || cause == error ? words : words + " < " + wordsOf(cause);
  }

  byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name));
  }

  X509Certificate certificate(String name) throws IOException, GeneralSecurityException {
    return (X509Certificate) x509().generateCertificate(new ByteArrayInputStream(bytes(name)));
  }

  List<CRL> crls(Exhibits.Exhibit exhibit) throws IOException, GeneralSecurityException {
    List<CRL> crls = new ArrayList<>();
    for (String name : exhibit.crls()) crls.add(x509().generateCRL(new ByteArrayInputStream(bytes(name))));
    return crls;
  }

  private static CertificateFactory x509() throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509");
  }
}
