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
 * The status of an OCSP signer is not checked (nocheck), so it must be short-lived. The next one is created when less than half
 * of this is left.
 */
export const ocspSignerDays = 180;
const ocspSignerMs = ocspSignerDays * 86_400_000;

/** A failed renewal is ignored until this much of the old signer's validity is left. */
const alarmMs = 30 * 86_400_000;

/** How long to wait for another process that has claimed the next signer before taking over. */
const claimMs = 15_000;

const claimPattern = /^ocsp-signer-([1-9][0-9]*)$/;

interface Place {
  folder: string;
  record: GenerationRecord;
  keyStore: KeyStore;
  issuing: Uint8Array;
}

/**
 * The OCSP signer of a generation that is valid longest; first creates the next one if it is due.
 *
 * Signers are numbered, and a file `ocsp-signer-<n>` with the key's id is written before the key: of two concurrent processes
 * one creates the key, and both return its certificate. The next caller completes an interrupted creation. Throws Error if a
 * signer is due, cannot be created, and less than 30 days are left of the old one.
 */
export async function currentOcspSigner(place: Place, now: Date): Promise<StoredCertificate> {
  const prefix = ocspKeyPrefixOf(place.record.id);
  const newest = await newestCertificate(place.folder, prefix);
  if (newest && !isDue(newest.notAfter, readIssuer(place.issuing).notAfter, now)) return newest;
  try {
    return await nextSigner(place, prefix, now);
  } catch (error) {
    // Use the current signer as long as there is time to repair the key store.
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
  if (made === undefined) throw new Error(`The OCSP signer ${keyId} disappeared; check ${place.folder}.`);
  return made;
}

/** A signer that is valid as long as the issuing CA has no successor. */
const isDue = (notAfter: Date, issuerNotAfter: Date, now: Date): boolean =>
  notAfter < issuerNotAfter && notAfter.getTime() - now.getTime() < ocspSignerMs / 2;

const hasCertificate = (folder: string, keyId: string): Promise<boolean> =>
  exists(join(folder, certificateFile(keyId)));

/** The id of the key to create: a claimed and incomplete one, or a new one. */
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
      // Another process was faster: read its claim.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

const claimPath = (folder: string, number: number): string => join(folder, `ocsp-signer-${number}`);

/** Waits until the process that claimed a signer has created it, or should have. */
async function waitFor(folder: string, keyId: string, until: number): Promise<void> {
  while (Date.now() < until && !(await hasCertificate(folder, keyId))) await delay(100);
}

/** The key first, the certificate last: a signer is complete once its certificate exists. */
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
    // Two processes completed the same claim: the first certificate is kept, because both have the same key.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Creates the key, unless a process created it and died. */
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
