import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findEntry } from "../../pki/crl/describe.ts";
import { crlAddressesOf } from "../../pki/crl/scope.ts";
import { readCertificate } from "../../pki/x509/certificate.ts";

const run = promisify(execFile);

/** The CRLs of the subscribers' certificates and of the issuing CA's, PEM, in the folder of the demonstration. */
export const crlFile = "crl.pem";
export const rootCrlFile = "root-crl.pem";

/** The CRLs that cover these certificates, as anybody gets them: from the address that each certificate names. */
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
  if (url === undefined) throw new Error("A certificate names no CRL.");
  return url;
}

/** Whether one of the CRLs lists the certificate. */
export const isListed = (crls: readonly Uint8Array[], certificate: Uint8Array): boolean => {
  const { serial } = readCertificate(certificate);
  return crls.some((crl) => findEntry(crl, serial) !== undefined);
};

/**
 * What OpenSSL says of `<folder>/<file>` with the chain and the CRLs of the whole path beside it: `good`, `revoked`, its
 * own words for anything else, or `undefined` when OpenSSL is not on this machine.
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
