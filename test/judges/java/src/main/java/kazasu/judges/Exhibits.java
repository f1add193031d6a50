package kazasu.judges;

import java.util.List;

/** What {@code cases.json} holds; the names are of files beside it, all DER. */
record Exhibits(String root, String timeStamper, List<Exhibit> cases) {
  record Exhibit(
      String name,
      String cms,
      String token,
      String signature,
      String signer,
      String issuing,
      List<String> crls,
      List<String> ocsp,
      long stampedAt,
      long judgedAt) {}
}
