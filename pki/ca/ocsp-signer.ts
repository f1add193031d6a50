import { randomBytes } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createDurably } from "../key-store/durable-file.ts";
import { type GeneratingKeyStore, type KeyStore, KeyStoreError } from "../key-store/key-store.ts";
import { readIssuer } from "./authority.ts";
import {
  certificateFile,
  exists,
  newestCertificate,
  type StoredCertificate,
  writeCertificate,
} from "./authority-files.ts";
import { makeCaCertificate } from "./ca-certificate.ts";
import { type GenerationRecord, ocspKeyPrefixOf } from "./generation.ts";
import { withCommonName } from "./name.ts";

/**
 * Nobody checks the status of an OCSP signer (nocheck), so it must be short-lived. The next one is made when less than
 * half of this is left.
 */
export const ocspSignerDays = 180;
const ocspSignerMs = ocspSignerDays * 86_400_000;

/** A signer that could not be renewed is passed over in silence until this is left of the old one. */
const alarmMs = 30 * 86_400_000;

/** How long a process that said it makes the next signer is waited for before another takes over. */
const claimMs = 15_000;

const claimPattern = /^ocsp-signer-([1-9][0-9]*)$/;

interface Place {
  folder: string;
  record: GenerationRecord;
  keyStore: KeyStore;
  issuing: Uint8Array;
}

/**
 * The OCSP signer of a generation that is valid longest; makes the next one first where it is time.
 *
 * Signers are numbered, and a file `ocsp-signer-<n>` with the key's id is there before the key: of two processes at once
 * one makes the key, and both come back with its certificate. A crash on the way is completed by whoever comes next.
 * Throws Error when a signer is due, cannot be made, and less than 30 days are left of the old one.
 */
export async function currentOcspSigner(place: Place, now: Date): Promise<StoredCertificate> {
  const prefix = ocspKeyPrefixOf(place.record.id);
  const newest = await newestCertificate(place.folder, prefix);
  if (newest && !isDue(newest.notAfter, readIssuer(place.issuing).notAfter, now)) return newest;
  try {
    return await nextSigner(place, prefix, now);
  } catch (error) {
    // Status goes on with the signer there is, for as long as somebody has time to see to the key store.
    const left = newest === undefined ? 0 : newest.notAfter.getTime() - now.getTime();
    if (newest && left > alarmMs) return newest;
    throw error;
  }
}

async function nextSigner(place: Place, prefix: string, now: Date): Promise<StoredCertificate> {
  const { keyId, waitUntil } = await claimSigner(place.folder, prefix);
  await waitFor(place.folder, keyId, waitUntil);
  if (!(await hasCertificate(place.folder, keyId))) await makeSigner(place, keyId, now);
  const made = await newestCertificate(place.folder, prefix);
  if (made === undefined) throw new Error(`The OCSP signer ${keyId} went away; look at ${place.folder}.`);
  return made;
}

/** A signer that lives as long as the issuing CA has no successor. */
const isDue = (notAfter: Date, issuerNotAfter: Date, now: Date): boolean =>
  notAfter < issuerNotAfter && notAfter.getTime() - now.getTime() < ocspSignerMs / 2;

const hasCertificate = (folder: string, keyId: string): Promise<boolean> =>
  exists(join(folder, certificateFile(keyId)));

/** The id of the key to make: one that was claimed and not completed, or a new one. */
async function claimSigner(folder: string, prefix: string): Promise<{ keyId: string; waitUntil: number }> {
  for (;;) {
    const numbers = (await readdir(folder)).map((name) => Number(claimPattern.exec(name)?.[1] ?? 0));
    const last = Math.max(0, ...numbers);
    if (last > 0) {
      const claim = claimPath(folder, last);
      const keyId = await readFile(claim, "utf8");
      const waitUntil = (await stat(claim)).mtimeMs + claimMs;
      if (!(await hasCertificate(folder, keyId))) return { keyId, waitUntil };
    }
    const keyId = prefix + randomBytes(4).toString("hex");
    try {
      await createDurably(claimPath(folder, last + 1), keyId, 0o644);
      return { keyId, waitUntil: 0 };
    } catch (error) {
      // Another process was quicker: look again at what it claimed.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

const claimPath = (folder: string, number: number): string => join(folder, `ocsp-signer-${number}`);

/** Until the process that claimed a signer has made it, or should have. */
async function waitFor(folder: string, keyId: string, until: number): Promise<void> {
  while (Date.now() < until && !(await hasCertificate(folder, keyId))) await delay(100);
}

/** The key first, the certificate last: a signer is there once its certificate is. */
async function makeSigner({ folder, record, keyStore, issuing }: Place, keyId: string, now: Date) {
  const issuer = readIssuer(issuing);
  const notAfter = new Date(Math.min(now.getTime() + ocspSignerMs - 1000, issuer.notAfter.getTime()));
  const certificate = await makeCaCertificate({
    role: "ocsp-signer",
    name: withCommonName(issuer.name, `OCSP Signer ${keyId.slice(-8)}`),
    publicKey: await keyOf(keyStore, keyId, record),
    validity: { notBefore: now, notAfter },
    signer: { keyStore, keyId: record.issuingKeyId },
    issuer: issuing,
  });
  try {
    await writeCertificate(folder, keyId, certificate);
  } catch (error) {
    // Two completed the same claim: the first certificate stands, for both are of one key.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Makes the key, unless a process that died after it did. */
async function keyOf(keyStore: KeyStore, keyId: string, record: GenerationRecord): Promise<Uint8Array> {
  if (!canGenerate(keyStore)) {
    throw new Error(
      `The OCSP signer of ${record.id} is to be renewed, and its key store makes no keys; open it with a PIN that may.`,
    );
  }
  try {
    return await keyStore.generate(keyId, record.ocspSignerAlgorithm);
  } catch (error) {
    if (error instanceof KeyStoreError && error.code === "KEY_EXISTS") return keyStore.publicKey(keyId);
    throw error;
  }
}

const canGenerate = (keyStore: KeyStore): keyStore is GeneratingKeyStore => "generate" in keyStore;
