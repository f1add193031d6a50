import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../key-store/durable-file.ts";
import type { GeneratingKeyStore } from "../key-store/key-store.ts";
import { openSoftwareKeyStore } from "../key-store/software.ts";
import { type Authority, assembleAuthority, readIssuer } from "./authority.ts";
import {
  exists,
  newestCertificate,
  readCertificate,
  removeAbandoned,
  writeCertificate,
} from "./authority-files.ts";
import { makeCaCertificate } from "./ca-certificate.ts";
import { distinguishedName, withCommonName } from "./name.ts";
import { lastSecondOfYears, wholeSeconds } from "./time.ts";

export const defaultAuthorityName = "Kazasu Development CA";

const generation = "generation-1";
const scratchPrefix = ".ceremony-";
const rootKeyId = "root-ca";
const issuingKeyId = "issuing-ca";
const ocspSignerPrefix = "ocsp-signer-";

const years = { root: 20, issuing: 10 };
/**
 * Nobody checks the status of an OCSP signer (nocheck), so it must be short-lived. A start makes the next one when
 * less than half of this is left: a process may run that long without a restart.
 */
const ocspSignerMs = 180 * 86_400_000;

export interface AuthorityOptions {
  /** Where the authority lives: `generation-1/` inside it, with `<id>.key.pem` and `<id>.crt.pem`. */
  directory: string;
  /** Encrypts the private keys. Never written anywhere. */
  passphrase: string;
  /** Organisation in the CA's names. Used by the first start only. */
  name?: string;
  clock?: () => Date;
}

/**
 * The software CA for development: makes root (P-384, 20 years), issuing CA (P-256, 10 years) and OCSP signer
 * (P-256, 180 days) on the first start and loads them on every later one, renewing the OCSP signer in time.
 *
 * The first start writes into a scratch directory and renames it, so a crash leaves either all or nothing, and of
 * two processes that start at once one wins and both load the same. Throws when what is there does not hold
 * together or does not open with the passphrase.
 */
export async function ensureAuthority(options: AuthorityOptions): Promise<Authority> {
  const time = () => wholeSeconds(options.clock?.() ?? new Date());
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const home = join(options.directory, generation);
  if (!(await exists(home))) await holdCeremony(options, home, time());
  await removeAbandoned(options.directory, scratchPrefix);
  // Read again: another process may have held the ceremony in a second that had not begun when this one came.
  const now = time();

  const keyStore = await openSoftwareKeyStore(home, options.passphrase);
  const root = await readCertificate(home, rootKeyId);
  const issuing = await readCertificate(home, issuingKeyId);
  let signer = await newestCertificate(home, ocspSignerPrefix);
  if (signer === undefined || signer.notAfter.getTime() - now.getTime() < ocspSignerMs / 2) {
    signer = await addOcspSigner(keyStore, home, issuing, now);
  }
  return assembleAuthority(
    {
      keyStore,
      root,
      issuing,
      ocspSigner: signer.certificate,
      issuingKeyId,
      ocspSignerKeyId: signer.keyId,
    },
    now,
  );
}

async function holdCeremony(options: AuthorityOptions, home: string, now: Date): Promise<void> {
  const organisation = options.name ?? defaultAuthorityName;
  const scratch = await mkdtemp(join(options.directory, scratchPrefix));
  try {
    const keyStore = await openSoftwareKeyStore(scratch, options.passphrase);
    await keyStore.generate(rootKeyId, "P-384");
    await keyStore.generate(issuingKeyId, "P-256");

    const rootName = distinguishedName([
      ["countryName", "JP"],
      ["organizationName", organisation],
      ["commonName", `${organisation} Root CA G1`],
    ]);
    const root = await makeCaCertificate(
      keyStore,
      { role: "root", name: rootName, keyId: rootKeyId },
      { notBefore: now, notAfter: lastSecondOfYears(now, years.root) },
    );
    const issuingName = withCommonName(rootName, `${organisation} Issuing CA G1`);
    const issuing = await makeCaCertificate(
      keyStore,
      { role: "issuing", name: issuingName, keyId: issuingKeyId },
      { notBefore: now, notAfter: lastSecondOfYears(now, years.issuing) },
      { keyId: rootKeyId, certificate: root },
    );
    await writeCertificate(scratch, rootKeyId, root);
    await writeCertificate(scratch, issuingKeyId, issuing);
    await addOcspSigner(keyStore, scratch, issuing, now);
    await rename(scratch, home);
    await syncDirectory(options.directory);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    // Another process was quicker: a rename never replaces a directory that has files in it.
    if (!(await exists(home))) throw error;
  }
}

/** The key first, the certificate last: a signer is there once its certificate is. */
async function addOcspSigner(keyStore: GeneratingKeyStore, home: string, issuing: Uint8Array, now: Date) {
  const keyId = ocspSignerPrefix + randomBytes(4).toString("hex");
  await keyStore.generate(keyId, "P-256");
  const issuer = readIssuer(issuing);
  const notAfter = new Date(Math.min(now.getTime() + ocspSignerMs - 1000, issuer.notAfter.getTime()));
  const certificate = await makeCaCertificate(
    keyStore,
    { role: "ocsp-signer", name: withCommonName(issuer.name, `OCSP Signer ${keyId.slice(-8)}`), keyId },
    { notBefore: now, notAfter },
    { keyId: issuingKeyId, certificate: issuing },
  );
  await writeCertificate(home, keyId, certificate);
  return { keyId, certificate, notAfter };
}
