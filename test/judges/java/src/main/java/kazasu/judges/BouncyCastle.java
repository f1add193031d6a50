package kazasu.judges;

import java.io.IOException;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Bouncy Castle's PKIX implementation. */
public final class BouncyCastle {
  private BouncyCastle() {}

  public static void main(String[] args) throws IOException {
    var provider = new BouncyCastleProvider();
    // Its certificate and CRL factories are looked up by name.
    java.security.Security.addProvider(provider);
    Court.hold(args, (court, exhibit) -> Pkix.judge(court, exhibit, provider));
  }
}
