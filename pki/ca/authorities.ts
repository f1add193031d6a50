import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { KeyStore } from "../key-store/key-store.ts";
import { openSoftwareKeyStore } from "../key-store/software.ts";
import { type Authority, assembleAuthority, isRevokedByRoot, readIssuer } from "./authority.ts";
import { readCertificate, readCrossCertificates, removeAbandoned } from "./authority-files.ts";
import { makeDevelopmentGeneration, type PublicationUrls } from "./ceremony/development.ts";
import {
  type GenerationRecord,
  type KeyStoreReference,
  listGenerations,
  readGeneration,
} from "./generation.ts";
import { currentOcspSigner } from "./ocsp-signer.ts";
import { newestRootCrl } from "./root-crl-files.ts";
import { wholeSeconds } from "./time.ts";

export type { KeyStoreReference } from "./generation.ts";

/** The CA: every generation that has not ended. */
export interface Authorities {
  /** The issuing generation; a revoked one if there is no other ({@link isRevokedByRoot}). */
  active: Authority;
  /** Every generation whose certificates may still be queried, oldest first, including the active one. */
  all: readonly Authority[];
}

export interface AuthorityOptions {
  /** Folder of the generations: `g1/`, `g2/`, …, each with its `generation.json`, certificates and software keys. */
  directory: string;
  /** Decrypts the software keys. Never written anywhere. */
  passphrase: string;
  /** Organisation in the names of a development CA. Used only at its first start. */
  name?: string;
  /** URLs in the issuing certificate of a development CA. Used only at its first start. */
  urls?: PublicationUrls;
  clock?: () => Date;
  /** Whether the first start creates a CA. If false, only a key ceremony can create one. */
  development: boolean;
  /** Opens a token. The store must also be able to generate keys, otherwise OCSP signers are not renewed. */
  openKeyStore?: (reference: KeyStoreReference) => Promise<KeyStore>;
}

/**
 * Loads every generation of the CA, creates OCSP signers that are due, and selects the issuing generation: of those whose
 * `issuesFrom` has passed, whose issuing certificate is valid and not on its root's CRL, the one with the latest `issuesFrom`,
 * and of two equal ones the later generation.
 *
 * Call it again every hour, so that a rollover, a renewed signer and a renewed root CRL take effect without a restart. Throws
 * Error if there is nothing to load, or if the files are inconsistent or do not decrypt.
 */
export async function openAuthorities(options: AuthorityOptions): Promise<Authorities> {
  const { directory } = options;
  const clock = options.clock ?? (() => new Date());
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (options.development && (await listGenerations(directory)).length === 0) {
    await makeDevelopmentGeneration({ ...options, clock });
  }
  await removeAbandoned(directory);
  const generations = await listGenerations(directory);
  if (generations.length === 0) {
    throw new Error(
      `There is no certification authority in ${directory}: hold a ceremony with \`npx kazasu ceremony\`.`,
    );
  }
  // Read the clock only now: another process may have held the ceremony in a second that had not begun at the call.
  const now = wholeSeconds(clock());
  const living: { record: GenerationRecord; authority: Authority }[] = [];
  for (const id of generations) {
    const record = await readGeneration(directory, id);
    const issuing = await readCertificate(join(directory, id), record.issuingKeyId);
    // No certificate outlives its issuer, so none of these can be queried any more.
    if (readIssuer(issuing).notAfter < now) continue;
    living.push({ record, authority: await loadGeneration(options, record, issuing, now) });
  }
  const issuing = living
    .filter(({ record }) => new Date(record.issuesFrom) <= now)
    .toReversed()
    .toSorted((a, b) => Date.parse(b.record.issuesFrom) - Date.parse(a.record.issuesFrom));
  // If all are revoked, the status of what they have issued is still served; nothing is issued (intend.ts).
  const active = issuing.find(({ authority }) => !isRevokedByRoot(authority)) ?? issuing[0];
  if (active === undefined) {
    const why = living.length === 0 ? "every generation has expired" : "no generation issues yet";
    throw new Error(
      `In ${directory} ${why}: check the clock and issuesFrom, or hold a ceremony with \`npx kazasu ceremony\`.`,
    );
  }
  return { active: active.authority, all: living.map(({ authority }) => authority) };
}

async function loadGeneration(
  options: AuthorityOptions,
  record: GenerationRecord,
  issuing: Uint8Array,
  now: Date,
): Promise<Authority> {
  const folder = join(options.directory, record.id);
  const keyStore = await keyStoreOf(options, record, folder);
  const [root, cross, rootCrl] = await Promise.all([
    readCertificate(folder, record.rootKeyId),
    readCrossCertificates(folder),
    newestRootCrl(options.directory, record.rootGeneration),
  ]);
  const signer = await currentOcspSigner({ folder, record, keyStore, issuing }, now);
  return assembleAuthority(
    {
      generation: record.id,
      crlShards: record.crlShards,
      keyStore,
      root,
      issuing,
      ocspSigner: signer.certificate,
      issuingKeyId: record.issuingKeyId,
      ocspSignerKeyId: signer.keyId,
      ...(rootCrl === undefined ? {} : { rootCrl }),
      ...(cross.length === 0 ? {} : { cross }),
    },
    now,
  );
}

async function keyStoreOf(
  { passphrase, openKeyStore }: AuthorityOptions,
  { id, keyStore }: GenerationRecord,
  folder: string,
): Promise<KeyStore> {
  if (keyStore.type === "software") return openSoftwareKeyStore(folder, passphrase);
  if (openKeyStore) return openKeyStore(keyStore);
  throw new Error(`The keys of ${id} are in the token "${keyStore.token}"; give its PIN.`);
}
