package kazasu.judges;

import java.io.IOException;
import java.security.Security;

/** Java's own PKIX implementation. */
public final class JavaDefault {
  private JavaDefault() {}

  public static void main(String[] args) throws IOException {
    Court.hold(args, (court, exhibit) -> Pkix.judge(court, exhibit, Security.getProvider("SUN")));
  }
}
