import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Authority } from "../../pki/ca/authority.ts";
import { type LintedTbs, lintTbs } from "../../pki/ca/lint/lint.ts";
import { basic } from "../../pki/ca/profiles/basic.ts";
import { makeTbs, signTbs } from "../../pki/ca/tbs.ts";
import type { KeyAlgorithm } from "../../pki/key-store/key-store.ts";
import { openPkcs11KeyStore } from "../../pki/key-store/pkcs11/open.ts";
import { digestOf, keyAlgorithmOf } from "../../pki/key-store/signature-algorithm.ts";
import { rounded } from "../measure.ts";
import { during } from "./during.ts";
import { atLeast, type Findings } from "./findings.ts";
import { makeGenerations } from "./generations.ts";
import { type RawSigner, rawSoftwareSigner, rawTokenSigner } from "./raw-signers.ts";
import { median, Rounds } from "./rounds.ts";
import { makeToken } from "./token.ts";

export interface SigningOptions {
  algorithms: readonly KeyAlgorithm[];
  /** How long each variant runs in a round. */
  ms: number;
  rounds: number;
  say: (what: string) => void;
}

/** Concurrent signatures: as many as node:crypto has threads. */
const concurrency = 4;
/** Sessions with the token, for the store and for the bare key. */
const sessions = 2;
const urls = {
  crlBase: "http://crl.example",
  ocsp: "http://ocsp.example/",
  caIssuersBase: "http://crl.example",
  cps: "https://ca.example/cps",
};
const subjectPublicKey = new Uint8Array(
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" }),
);

/** The signing step (`signTbs`: sign, verify, encode) compared with the bare key, by key store and algorithm. */
export async function benchSigning(directory: string, options: SigningOptions): Promise<Findings> {
  const measured = new Rounds();
  const findings: Findings = { results: [], ratios: {}, aims: [], missing: [] };

  const software = { directory: join(directory, "software"), passphrase: "bench" };
  for (const authority of (await makeGenerations(software, options.algorithms)).all) {
    const raw = await rawSoftwareSigner(authority, software, tbsOf(authority), concurrency);
    await measure("software", authority, { raw, concurrency }, { options, measured, findings });
    findings.ratios[`one verification alone, ${algorithmOf(authority)}, ms`] =
      await verificationMs(authority);
  }

  const token = await makeToken(join(directory, "softhsm"));
  if (typeof token === "string") findings.missing.push(`Signatures of a token. ${token}`);
  else {
    options.say("keys in SoftHSM");
    const keyStore = await openPkcs11KeyStore({ ...token, sessions });
    try {
      const reference = { type: "pkcs11", module: token.module, token: token.token } as const;
      const ca = { directory: join(directory, "token"), passphrase: "", token: { reference, keyStore } };
      for (const authority of (await makeGenerations(ca, options.algorithms)).all) {
        const raw = await rawTokenSigner(authority, token, tbsOf(authority), sessions);
        try {
          await measure(
            "SoftHSM",
            authority,
            { raw, concurrency: sessions },
            { options, measured, findings },
          );
        } finally {
          raw.close();
        }
      }
    } finally {
      await keyStore.close();
    }
  }
  findings.results.push(...measured.results());
  return findings;
}

async function measure(
  store: string,
  authority: Authority,
  alone: { raw: RawSigner; concurrency: number },
  { options, measured, findings }: { options: SigningOptions; measured: Rounds; findings: Findings },
): Promise<void> {
  const { ms, rounds, say } = options;
  const key = `${store} ${algorithmOf(authority)}`;
  say(`${key}: the key alone, the signing step, and TBS and lint before it`);
  const names = {
    raw: `${key}: the key alone`,
    step: `${key}: signing step`,
    issue: `${key}: TBS made, linted, signed`,
  };
  const linted = await lint(authority, tbsOf(authority));
  const step = () => signTbs(authority, linted);
  const issue = async () => signTbs(authority, await lint(authority, tbsOf(authority)));
  // Warm-up, not measured: keys are decrypted, sessions opened and the throw-away key generated.
  await issue();
  await during(ms, concurrency, step);
  for (let round = 0; round < rounds; round += 1) {
    measured.add(names.raw, alone.concurrency, await alone.raw.run(ms));
    measured.add(names.step, concurrency, await during(ms, concurrency, step));
    measured.add(names.issue, concurrency, await during(ms, concurrency, issue));
  }
  const ratio = measured.ratio(names.step, names.raw);
  findings.ratios[`signing step to the key alone, ${key}`] = ratio;
  findings.ratios[`TBS, lint and signing step to the key alone, ${key}`] = measured.ratio(
    names.issue,
    names.raw,
  );
  findings.aims.push(atLeast(`signing step to the key alone, ${key}`, 0.8, ratio));
}

function tbsOf(authority: Authority): Uint8Array {
  const pseudonym = "0123456789abcdef0123456789abcdef";
  return makeTbs({ authority, profile: basic, subjectPublicKey, pseudonym, now: new Date(), urls }).tbs;
}

async function lint(authority: Authority, tbs: Uint8Array): Promise<LintedTbs> {
  const { issuer, issuing: issuingCertificate } = authority;
  const result = await lintTbs(tbs, { issuer, issuingCertificate, profile: basic, urls });
  if (result.ok) return result.linted;
  throw new Error(`The TBS of the bench breaks rules: ${JSON.stringify(result.findings)}`);
}

/** The cost of verifying a signature, which the step includes and the bare key does not. */
async function verificationMs({ keyStore, issuingKeyId }: Authority): Promise<number> {
  const data = Buffer.alloc(700);
  const { algorithm, signature } = await keyStore.sign(issuingKeyId, data);
  const spki = Buffer.from(await keyStore.publicKey(issuingKeyId));
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  const times = Array.from({ length: 200 }, () => {
    const begun = performance.now();
    verify(digestOf(algorithm), data, { key, dsaEncoding: "der" }, signature);
    return performance.now() - begun;
  });
  return rounded(median(times), 3);
}

/** The algorithm of the issuing key. */
function algorithmOf({ issuing }: Authority): KeyAlgorithm {
  const algorithm = keyAlgorithmOf(new X509Certificate(issuing).publicKey);
  if (algorithm === undefined) throw new TypeError("The issuing key is of a kind this CA does not use.");
  return algorithm;
}
