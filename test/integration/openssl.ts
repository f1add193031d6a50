import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pem } from "../../pki/pem.ts";
import { crlOf } from "./crl-of.ts";
import { stack } from "./stack.ts";

const run = promisify(execFile);

interface Issued {
  certificate: Uint8Array;
  chain: Uint8Array[];
}

/** What OpenSSL says of a certificate: asked of our OCSP listener, and held against our CRL. */
export interface Verdict {
  /** `good`, `revoked`, `unknown`; all of OpenSSL's output where the answer does not verify. */
  ocsp: string;
  /** CRLReason as the OCSP answer names it. */
  reason?: string;
  /** `good`, `revoked`; OpenSSL's output for anything else. */
  crl: string;
}

/**
 * A second opinion: OpenSSL verifies the chain, the CRL and the OCSP answer, each with its signature. OCSP knows of a revocation
 * at once. The CRL may come after it: a status server on a busy machine serves the one it has rather than let a client wait.
 */
export async function opensslOn(issued: Issued): Promise<Verdict> {
  for (;;) {
    const verdict = await opensslNow(issued);
    if (verdict.ocsp !== "revoked" || verdict.crl !== "good") return verdict;
  }
}

async function opensslNow({ certificate, chain }: Issued): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-openssl-"));
  const at = (name: string) => join(folder, name);
  const write = (name: string, label: "CERTIFICATE" | "X509 CRL", ...ders: Uint8Array[]) =>
    writeFile(at(name), ders.map((der) => pem(label, Buffer.from(der))).join(""));
  try {
    const crl = await crlOf(certificate);
    await Promise.all([
      write("certificate.pem", "CERTIFICATE", certificate),
      write("issuer.pem", "CERTIFICATE", ...chain.slice(0, 1)),
      write("root.pem", "CERTIFICATE", ...chain.slice(-1)),
      write("crl.pem", "X509 CRL", crl),
    ]);
    const [verified, asked] = await Promise.all([
      output(
        ["verify", "-x509_strict", "-CAfile", at("root.pem"), "-untrusted", at("issuer.pem")].concat([
          "-crl_check",
          "-CRLfile",
          at("crl.pem"),
          at("certificate.pem"),
        ]),
      ),
      output(
        ["ocsp", "-issuer", at("issuer.pem"), "-cert", at("certificate.pem"), "-url", stack.ocsp].concat([
          "-CAfile",
          at("root.pem"),
          "-verify_other",
          at("issuer.pem"),
        ]),
      ),
    ]);
    const status = /certificate\.pem: (\w+)/.exec(asked)?.[1];
    const reason = /Reason: (\w+)/.exec(asked)?.[1];
    const crlVerdict = verified.includes("certificate revoked") ? "revoked" : verified;
    return {
      ocsp: asked.includes("Response verify OK") && status ? status : asked,
      ...(reason ? { reason } : {}),
      crl: /certificate\.pem: OK/.test(verified) ? "good" : crlVerdict,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The times in the OCSP answer that is signed ahead for a certificate, by OpenSSL's names for them. */
export async function ocspTimes({ certificate, chain }: Issued): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-openssl-"));
  const at = (name: string) => join(folder, name);
  try {
    await writeFile(at("certificate.pem"), pem("CERTIFICATE", Buffer.from(certificate)));
    await writeFile(at("issuer.pem"), pem("CERTIFICATE", Buffer.from(chain[0]!)));
    const asked = ["ocsp", "-issuer", at("issuer.pem"), "-cert", at("certificate.pem"), "-url", stack.ocsp];
    const text = await output([...asked, "-no_nonce", "-noverify", "-resp_text"]);
    const times = text.matchAll(/^ *(Produced At|This Update|Next Update|Revocation Time): (.+)$/gm);
    return Object.fromEntries([...times].map(([, name = "", time = ""]) => [name, time.trim()]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Both streams of an OpenSSL command, whatever its exit code. */
async function output(args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run("openssl", args);
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined) throw error;
    return `${stdout}${stderr}`;
  }
}
