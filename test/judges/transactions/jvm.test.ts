import { join } from "node:path";
import type { Case } from "./cases.ts";
import { type Judge, judgeTransactions } from "./judging.ts";
import { askProgram, given } from "./programs.ts";

/** EU DSS, Java's own PKIX and Bouncy Castle's, each in one start of a Java machine. */

const judge = (name: string, main: string, limits: Judge["limits"] = []): Judge => ({
  name,
  ask: (directory) => {
    // Status comes from the case alone: what they would fetch goes to a proxy that is not there.
    const offline = ["-Dhttp.proxyHost=127.0.0.1", "-Dhttp.proxyPort=9"];
    const classes = ["-cp", join(given("KAZASU_JAVA_JUDGES"), "*"), `kazasu.judges.${main}`];
    return askProgram("java", ["-Xmx512m", ...offline, ...classes], directory);
  },
  limits,
});

const isBefore = ({ standing }: Case): boolean => standing === "before";

judgeTransactions([
  judge("EU DSS 6.5, its default policy", "EuDss"),
  judge("Java 17, PKIXRevocationChecker as of the time-stamp", "JavaDefault", [
    {
      of: ({ published }) => published === "a day later",
      why: "JDK 17 takes a status whose thisUpdate is at most 15 minutes after the date it validates for (sun.security.provider.certpath: MAX_CLOCK_SKEW)",
      word: /determine revocation status|Response is unreliable/,
    },
  ]),
  judge("Bouncy Castle 1.85, its PKIXRevocationChecker as of the time-stamp", "BouncyCastle", [
    {
      of: (one) => isBefore(one) && one.source === "OCSP" && one.published !== "at once",
      why: "Bouncy Castle 1.85 refuses on any revoked OCSP answer, whatever its revocationTime (ProvOcspRevocationChecker.check)",
      word: /certificate revoked/,
    },
    {
      of: ({ source, standing, reason }) =>
        source === "CRL" && standing === "before" && (reason === "keyCompromise" || reason === "unspecified"),
      why: "Bouncy Castle 1.85 lets the reasons unspecified and keyCompromise reach back (CertPathValidatorUtilities.getCertStatus)",
      word: /revocation after/,
    },
  ]),
]);
