import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pem } from "../../../pki/pem.ts";
import type { Exhibit, Exhibits, Verdict } from "./exhibits.ts";

/**
 * OpenSSL's command line as a judge: `cms -verify`, `ts -verify`, and `-crl_check_all` or `ocsp`. It compares no
 * revocation with the signature's time. Where `ocsp` prints the Revocation Time, this compares it with the time-stamp;
 * `-crl_check_all` prints none.
 */
export async function judgeWithOpenssl(directory: string, { root, timeStamper, cases }: Exhibits) {
  const verdicts: Verdict[] = [];
  for (const exhibit of cases) {
    const word = await judged(directory, { root, timeStamper, exhibit }).catch((error: Error) => error);
    const accepted = typeof word === "string";
    verdicts.push({ name: exhibit.name, accepted, word: accepted ? word : word.message });
  }
  return verdicts;
}

interface Asked extends Pick<Exhibits, "root" | "timeStamper"> {
  exhibit: Exhibit;
}

/** Resolves with words of acceptance, rejects with those of refusal. */
async function judged(directory: string, { root, timeStamper, exhibit }: Asked): Promise<string> {
  const file = (name: string) => join(directory, name);
  /** Several objects as one PEM file, which is how OpenSSL takes certificates and CRLs. */
  const pemOf = async (kind: string, certificates: string[], crls: string[] = []) => {
    const ders = (names: string[]) => Promise.all(names.map((name) => readFile(file(name))));
    const text = [
      ...(await ders(certificates)).map((der) => pem("CERTIFICATE", der)),
      ...(await ders(crls)).map((der) => pem("X509 CRL", der)),
    ];
    const path = file(`${exhibit.cms}-${kind}.pem`);
    await writeFile(path, text.join(""));
    return path;
  };
  const at = ["-attime", String(exhibit.judgedAt)];
  const [signature, token] = [file(exhibit.signature), file(exhibit.token)];
  const stamper = ["-CAfile", await pemOf("tsa", [timeStamper]), "-partial_chain"];
  await openssl(["ts", "-verify", "-data", signature, "-in", token, "-token_in", ...stamper, ...at]);

  const byOcsp = exhibit.ocsp.length > 0;
  const trusted = await pemOf("trusted", [root], exhibit.crls);
  const message = ["-inform", "DER", "-in", file(exhibit.cms), "-out", file(`${exhibit.cms}-content`)];
  const path = ["-CAfile", trusted, ...at, ...(byOcsp ? [] : ["-crl_check_all"])];
  await openssl(["cms", "-verify", "-cades", "-binary", "-purpose", "any", ...message, ...path]);
  if (!byOcsp) return "Verification successful, -crl_check_all";

  const issuing = await pemOf("issuing", [exhibit.issuing]);
  await openssl(["verify", "-crl_check_all", "-CAfile", trusted, ...at, issuing]);
  const signer = await pemOf("signer", [exhibit.signer]);
  const answer = ["-respin", file(exhibit.ocsp[0]!), "-issuer", issuing, "-cert", signer, "-no_nonce"];
  // It holds thisUpdate against the clock, whatever -attime says: two days of tolerance.
  const times = ["-validity_period", "172800", ...at];
  const said = await openssl(["ocsp", ...answer, "-CAfile", trusted, ...times]);
  const revoked = /Revocation Time: (.*)/.exec(said)?.[1];
  if (!said.includes("Response verify OK")) throw new Error(said);
  if (revoked !== undefined && Date.parse(revoked) <= exhibit.stampedAt * 1000)
    throw new Error(`revoked at ${revoked}`);
  if (revoked === undefined && !/: good$/m.test(said)) throw new Error(said);
  return revoked === undefined ? "good" : `revoked later: ${revoked}`;
}

const openssl = (args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile("openssl", args, (error, stdout, stderr) => {
      if (error) reject(new Error(`openssl ${args[0]}: ${lastWords(stdout + stderr)}`));
      else resolve(stdout + stderr);
    });
  });

/** What it says of the error, without the addresses of its threads and sources. */
const lastWords = (said: string): string =>
  said
    .trim()
    .split("\n")
    .filter((line) => !/^-----|Verification: FAILED$/.test(line))
    .slice(-3)
    .map((line) => line.replace(/^[0-9A-F]+:/, ""))
    .join(" | ");
