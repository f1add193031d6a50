package interop;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Verifies a Security Event Token (RFC 8417): VerifySet TOKEN JWKS ISSUER AUDIENCE. */
public final class VerifySet {
  private VerifySet() {}

  /**
   * Returns the claims; throws for whatever must not be acted on. {@code keys}: what the CA publishes at
   * {@code /jwks.json} (a {@code JWKSourceBuilder} fetches and caches it); {@code issuer} and {@code audience}: those of
   * your stream.
   */
  static JWTClaimsSet verify(String token, JWKSet keys, String issuer, String audience) throws Exception {
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("secevent+jwt")));
    var algorithms = Set.of(JWSAlgorithm.ES256, JWSAlgorithm.RS256);
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(algorithms, new ImmutableJWKSet<>(keys)));
    var expected = new JWTClaimsSet.Builder().issuer(issuer).build();
    // An ID token or an access token has sub or exp, an event neither.
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            Set.of(audience), expected, Set.of("jti", "iat", "events"), Set.of("sub", "exp")));
    JWTClaimsSet claims = processor.process(token, null);
    if (!(claims.getClaim("events") instanceof Map<?, ?> events) || events.size() != 1)
      throw new SecurityException("not one event");
    return claims; // remember jti, and act on each once
  }

  public static void main(String[] args) throws Exception {
    try {
      JWKSet keys = JWKSet.parse(Files.readString(Path.of(args[1])));
      System.out.println(verify(Files.readString(Path.of(args[0])), keys, args[2], args[3]));
    } catch (Exception refusal) {
      System.err.println("refused: " + refusal);
      System.exit(1);
    }
  }
}
