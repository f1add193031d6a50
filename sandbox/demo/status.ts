import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findEntry } from "../../pki/crl/describe.ts";
import { crlAddressesOf } from "../../pki/crl/scope.ts";
import { readCertificate } from "../../pki/x509/certificate.ts";

const run = promisify(execFile);

/** The CRLs of the subscribers' certificates and of the issuing CA's, PEM, in the demonstration's folder. */
export const crlFile = "crl.pem";
export const rootCrlFile = "root-crl.pem";

/** The CRLs that cover these certificates, fetched from the URL in each certificate. */
export async function fetchCrls(certificates: readonly Uint8Array[]): Promise<Buffer[]> {
  const urls = new Set(certificates.map(crlAddressOf));
  return Promise.all(
    [...urls].map(async (url) => {
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      if (!response.ok) throw new Error(`The CRL at ${url} answered HTTP ${response.status}.`);
      return Buffer.from(await response.arrayBuffer());
    }),
  );
}

function crlAddressOf(certificate: Uint8Array): string {
  const [url] = crlAddressesOf(readCertificate(certificate));
  if (url === undefined) throw new Error("A certificate has no CRL URL.");
  return url;
}

/** Whether one of the CRLs lists the certificate. */
export const isListed = (crls: readonly Uint8Array[], certificate: Uint8Array): boolean => {
  const { serial } = readCertificate(certificate);
  return crls.some((crl) => findEntry(crl, serial) !== undefined);
};

/**
 * OpenSSL's verification of `<folder>/<file>` with the chain and the CRLs of the whole path: `good`, `revoked`, OpenSSL's own
 * message for anything else, or `undefined` if OpenSSL is not installed.
 */
export async function opensslVerdict(folder: string, file: string): Promise<string | undefined> {
  const at = (name: string) => join(folder, name);
  const crls = [crlFile, rootCrlFile].flatMap((name) => ["-CRLfile", at(name)]);
  const chain = ["-crl_check_all", "-CAfile", at("chain.pem"), ...crls];
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
