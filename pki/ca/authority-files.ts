import { X509Certificate } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { describeCrl, listEntries } from "../crl/describe.ts";
import { createDurably } from "../key-store/durable-file.ts";
import { pem } from "../pem.ts";
import type { RootCrl } from "./authority.ts";

/** The certificates of an authority on disk: `<id>.crt.pem`, with the key `<id>.key.pem`, and the root's CRL. */

const certificateSuffix = ".crt.pem";

export const certificateFile = (id: string): string => id + certificateSuffix;

/** Folder prefix of a ceremony, or of the renewal of a root's CRL, until it is complete. */
export const scratchPrefix = ".ceremony-";
/** The age at which a scratch folder counts as abandoned; no ceremony writes for this long. */
const abandonedAfterMs = 600_000;

/** Writes a certificate (DER) as PEM. Fails if the id exists. */
export const writeCertificate = (directory: string, id: string, der: Uint8Array): Promise<void> =>
  createDurably(join(directory, certificateFile(id)), pem("CERTIFICATE", der), 0o644);

/** Reads a certificate as DER. */
export async function readCertificate(directory: string, id: string): Promise<Uint8Array> {
  const text = await readFile(join(directory, certificateFile(id)), "utf8");
  return new Uint8Array(new X509Certificate(text).raw);
}

const rootCrlFile = "root.crl";

/** Writes the root's own CRL (DER) to a generation's folder. Fails if one exists. */
export const writeRootCrl = (directory: string, der: Uint8Array): Promise<void> =>
  createDurably(join(directory, rootCrlFile), der, 0o644);

/** The root's CRL in a folder. Throws if it is invalid, or has no nextUpdate or number. */
export async function readRootCrl(directory: string): Promise<RootCrl> {
  const path = join(directory, rootCrlFile);
  const der = new Uint8Array(await readFile(path));
  try {
    return parseRootCrl(der);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message} Restore it from a backup.`, { cause: error });
  }
}

/** Throws unless the bytes are a DER CRL with nextUpdate and number. */
export function parseRootCrl(der: Uint8Array): RootCrl {
  const { thisUpdate, nextUpdate, number } = describeCrl(der);
  if (number === undefined) throw new Error("The CRL has no number.");
  return { der, number, entries: listEntries(der), thisUpdate, nextUpdate };
}

const crossPrefix = "cross-";

/** The id of a cross-certificate: one generation's root key, signed by another's root. */
export const crossId = (generation: string, signer: string): string =>
  `${crossPrefix}${generation}-by-${signer}`;

/** The cross-certificates (DER) in a generation's folder. */
export async function readCrossCertificates(directory: string): Promise<Uint8Array[]> {
  const ids = await certificateIds(directory, crossPrefix);
  return Promise.all(ids.map((id) => readCertificate(directory, id)));
}

async function certificateIds(directory: string, prefix: string): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(certificateSuffix))
    .map((name) => name.slice(0, -certificateSuffix.length))
    .toSorted();
}

export interface StoredCertificate {
  keyId: string;
  certificate: Uint8Array;
  notAfter: Date;
}

/** Of the certificates whose ids begin with `prefix`, the one valid longest. */
export async function newestCertificate(
  directory: string,
  prefix: string,
): Promise<StoredCertificate | undefined> {
  const keyIds = await certificateIds(directory, prefix);
  const stored = await Promise.all(
    keyIds.map(async (keyId) => {
      const certificate = await readCertificate(directory, keyId);
      return { keyId, certificate, notAfter: new Date(new X509Certificate(certificate).validTo) };
    }),
  );
  return stored.toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime())[0];
}

/** Removes what crashed ceremonies left, but not what another process is writing now. */
export async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(scratchPrefix)) continue;
    const path = join(directory, name);
    const made = await stat(path).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > abandonedAfterMs)
      await rm(path, { recursive: true, force: true });
  }
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
