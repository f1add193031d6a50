package kazasu.judges;

import java.io.IOException;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Bouncy Castle's PKIX implementation. */
public final class BouncyCastle {
  private BouncyCastle() {}

  public static void main(String[] args) throws IOException {
    var provider = new BouncyCastleProvider();
    // Its certificate and CRL factories are looked up by name.
    Security.addProvider(provider);
    Court.hold(args, (court, exhibit) -> Pkix.judge(court, exhibit, provider));
  }
}
