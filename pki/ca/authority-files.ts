import { X509Certificate } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createDurably } from "../key-store/durable-file.ts";
import { pem } from "../pem.ts";

/** The certificates of an authority on disk: `<id>.crt.pem` beside the key `<id>.key.pem`. */

const certificateSuffix = ".crt.pem";

/** Scratch of a ceremony that did not end; none takes this long. */
const abandonedAfterMs = 600_000;

/** Writes a certificate (DER) as PEM. Fails when there is one of this id. */
export const writeCertificate = (directory: string, id: string, der: Uint8Array): Promise<void> =>
  createDurably(join(directory, id + certificateSuffix), pem("CERTIFICATE", der), 0o644);

/** Reads a certificate as DER. */
export async function readCertificate(directory: string, id: string): Promise<Uint8Array> {
  const text = await readFile(join(directory, id + certificateSuffix), "utf8");
  return new Uint8Array(new X509Certificate(text).raw);
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
  const names = await readdir(directory);
  const keyIds = names
    .filter((name) => name.startsWith(prefix) && name.endsWith(certificateSuffix))
    .map((name) => name.slice(0, -certificateSuffix.length));
  const stored = await Promise.all(
    keyIds.map(async (keyId) => {
      const certificate = await readCertificate(directory, keyId);
      return { keyId, certificate, notAfter: new Date(new X509Certificate(certificate).validTo) };
    }),
  );
  return stored.toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime())[0];
}

/** Removes what crashed ceremonies left behind, but not what another process is just making. */
export async function removeAbandoned(directory: string, prefix: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix)) continue;
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
