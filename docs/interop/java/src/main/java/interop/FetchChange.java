package interop;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** Fetches what a consent gives and acknowledges it: FetchChange GATEWAY CLIENT_ID KEY CONSENT */
public final class FetchChange {
  private static final HttpClient http = HttpClient.newHttpClient();

  /** Of this process; tokens are bound to it. */
  private final ECKey dpopKey = new ECKeyGenerator(Curve.P_256).generate();

  private FetchChange() throws Exception {}

  /** A DPoP proof (RFC 9449 §4) for one request. */
  private String proof(String method, String url, String token) throws Exception {
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256)
        .type(new JOSEObjectType("dpop+jwt"))
        .jwk(dpopKey.toPublicJWK())
        .build();
    var claims = new JWTClaimsSet.Builder().claim("htm", method).claim("htu", url.split("\\?")[0]);
    if (token != null) {
      var digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII));
      claims.claim("ath", Base64URL.encode(digest).toString());
    }
    return sign(header, claims, dpopKey);
  }

  /** A token of the party's server: client credentials with private_key_jwt, for the issuer /openid. */
  private String getToken(String issuer, String clientId, ECKey key, String scope) throws Exception {
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build();
    var claims = new JWTClaimsSet.Builder()
        .issuer(clientId)
        .subject(clientId)
        .audience(issuer)
        .expirationTime(Date.from(Instant.now().plusSeconds(60)));
    var form = Map.of(
        "grant_type", "client_credentials",
        "scope", scope,
        "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion", sign(header, claims, key));
    var url = issuer + "/token";
    var request = request(url, proof("POST", url, null))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(encoded(form)));
    return (String) send(request).get("access_token");
  }

  /** A request with the token, and a proof of its own. */
  private Map<String, Object> call(String token, String method, String url, String body) throws Exception {
    var request = request(url, proof(method, url, token)).header("Authorization", "DPoP " + token);
    if (body == null) return send(request.GET());
    return send(request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
  }

  private static String sign(JWSHeader header, JWTClaimsSet.Builder claims, ECKey key) throws Exception {
    var jwt = new SignedJWT(header, claims.jwtID(UUID.randomUUID().toString()).issueTime(new Date()).build());
    jwt.sign(new ECDSASigner(key));
    return jwt.serialize();
  }

  private static HttpRequest.Builder request(String url, String proof) {
    return HttpRequest.newBuilder(URI.create(url)).header("DPoP", proof);
  }

  private static Map<String, Object> send(HttpRequest.Builder request) throws Exception {
    var answer = http.send(request.build(), BodyHandlers.ofString());
    if (answer.statusCode() != 200) throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
    return JSONObjectUtils.parse(answer.body());
  }

  private static String encoded(Map<String, String> form) {
    return form.entrySet().stream()
        .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  public static void main(String[] args) throws Exception {
    var gateway = args[0];
    var key = ECKey.parse(Files.readString(Path.of(args[2])));
    var consent = args[3];
    var bank = new FetchChange();
    var token = bank.getToken(gateway + "/openid", args[1], key, "attributes");
    var given = bank.call(token, "GET", gateway + "/v1/attributes?consent=" + consent, null);
    System.out.println(JSONObjectUtils.toJSONString(given));
    // ... write it to your own records; then say so:
    var done = Map.<String, Object>of(
        "consentId", consent, "anchorVersion", given.get("anchorVersion"), "outcome", "applied");
    var url = gateway + "/v1/acknowledgements";
    System.out.println(JSONObjectUtils.toJSONString(bank.call(token, "POST", url, JSONObjectUtils.toJSONString(done))));
  }
}
