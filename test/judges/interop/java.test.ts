import { join } from "node:path";
import { given } from "../transactions/programs.ts";
import { judgeFetching } from "./fetching.ts";
import { judgeSamples } from "./judging.ts";

/** Each exhibit is a process of its own, and most of its time is the start. */
const quickStart = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

const sample = (main: string) =>
  ["java", ...quickStart, "-cp", join(given("KAZASU_INTEROP_JAVA"), "*"), `interop.${main}`] as const;

judgeFetching(sample("FetchChange"));
judgeSamples({
  set: sample("VerifySet"),
  certificate: sample("VerifyCertificate"),
  transaction: sample("VerifyTransaction"),
});
