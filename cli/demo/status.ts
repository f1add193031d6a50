import "reflect-metadata";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { X509Certificate, X509Crl } from "@peculiar/x509";

const run = promisify(execFile);

/** The CA's current CRL, as anybody gets it. */
export async function fetchCrl(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`The CRL at ${url} answered HTTP ${response.status}.`);
  return Buffer.from(await response.arrayBuffer());
}

/** Whether the CRL lists the certificate. */
export function isListed(crl: Uint8Array, certificate: Uint8Array): boolean {
  return (
    new X509Crl(new Uint8Array(crl)).findRevoked(
      new X509Certificate(new Uint8Array(certificate)).serialNumber,
    ) !== null
  );
}

/**
 * What OpenSSL says of `<folder>/<file>` with the chain and the CRL beside it: `good`, `revoked`, its own words for
 * anything else, or `undefined` when OpenSSL is not on this machine.
 */
export async function opensslVerdict(folder: string, file: string): Promise<string | undefined> {
  const at = (name: string) => join(folder, name);
  const chain = ["-CAfile", at("chain.pem"), "-crl_check", "-CRLfile", at("crl.pem")];
  try {
    await run("openssl", ["verify", ...chain, at(file)]);
    return "good";
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: string; stdout?: string; stderr?: string };
    if (code === "ENOENT") return undefined;
    const words = `${stdout}${stderr}`;
    return words.includes("certificate revoked") ? "revoked" : words.trim().slice(0, 300);
  }
}
