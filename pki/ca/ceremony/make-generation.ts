import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../../key-store/durable-file.ts";
import type { GeneratingKeyStore, KeyAlgorithm } from "../../key-store/key-store.ts";
import { openSoftwareKeyStore } from "../../key-store/software.ts";
import { crossId, scratchPrefix, writeCertificate, writeRootCrl } from "../authority-files.ts";
import { type CaRole, makeCaCertificate } from "../ca-certificate.ts";
import {
  type GenerationRecord,
  issuingKeyIdOf,
  listGenerations,
  numberOf,
  rootKeyIdOf,
  writeGeneration,
} from "../generation.ts";
import { distinguishedName, withCommonName } from "../name.ts";
import { currentOcspSigner } from "../ocsp-signer.ts";
import { readersUrl } from "../status-urls.ts";
import { lastSecondOfYears, wholeSeconds } from "../time.ts";
import { commonNamesOf, type GenerationPlan } from "./plan.ts";
import { makeRootCrl } from "./root-crl.ts";
import { addressesOf, checkTimes, crossCertificate, type Root, rootBefore } from "./roots.ts";
import { type OpenToken, openToken, refuseLeftovers, remembering, stillIn } from "./tokens.ts";

export interface MadeKey {
  id: string;
  role: "root" | "issuing" | "ocsp-signer";
  algorithm: KeyAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  publicKey: Uint8Array;
}

export interface MadeCertificate {
  role: CaRole;
  /** Base name of its file. */
  id: string;
  /** Ids of its key, and of the key that signed it. */
  keyId: string;
  signedBy: string;
  der: Uint8Array;
}

/** Everything that a ceremony created. */
export interface MadeGeneration {
  record: GenerationRecord;
  /** The new keys. */
  keys: MadeKey[];
  /** The new certificates. */
  certificates: MadeCertificate[];
  rootCrl: Uint8Array;
  /** This generation's root: new, or an older one. */
  root: Root;
  /** The root before a new root, if they certified each other. */
  previousRoot?: Root;
}

export interface MakeGenerationInput {
  /** The folder of the generations. */
  directory: string;
  plan: GenerationPlan;
  /** Passphrase of the software key stores; requested when one is opened. */
  passphrase: () => Promise<string>;
  clock: () => Date;
  openKeyStore?: OpenToken;
  /** Adds the ceremony's records to the folder, before any of it becomes visible. */
  addRecords?: (folder: string, made: MadeGeneration) => Promise<void>;
}

/** A ceremony that ended without a generation. The message names the keys left in a token. */
export class CeremonyFailed extends Error {
  override name = "CeremonyFailed";
  /** Ids of keys that were generated in a token and are not referenced. */
  readonly keysLeft: readonly string[];

  constructor(message: string, keysLeft: readonly string[], cause: unknown) {
    super(message, { cause });
    this.keysLeft = keysLeft;
  }
}

/**
 * Creates the keys, certificates and root CRL of a generation.
 *
 * Everything is written into a scratch folder that is renamed at the end, so that a crash leaves either all or nothing that
 * is ever loaded. Throws {@link CeremonyFailed}.
 */
export async function makeGeneration(input: MakeGenerationInput): Promise<MadeGeneration> {
  const { directory, plan } = input;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(directory, scratchPrefix));
  const begun: string[] = [];
  let keyStore: GeneratingKeyStore | undefined;
  let made: MadeGeneration;
  try {
    await checkNumber(directory, plan.generation);
    keyStore =
      plan.keyStore.type === "software"
        ? await openSoftwareKeyStore(scratch, await input.passphrase())
        : await openToken(input.openKeyStore, plan.keyStore);
    await refuseLeftovers(keyStore, plan.generation);
    const generation = await makeIn(scratch, input, remembering(keyStore, begun));
    await input.addRecords?.(scratch, generation);
    await rename(scratch, join(directory, plan.generation));
    made = generation;
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    const why = error instanceof Error ? error.message : String(error);
    const left = plan.keyStore.type === "pkcs11" && keyStore ? await stillIn(keyStore, begun) : [];
    const advice =
      left.length > 0 ? ` These keys are left in the token, destroy them: ${left.join(", ")}.` : "";
    throw new CeremonyFailed(
      `The ceremony of ${plan.generation} failed, and nothing of it is stored: ${why}${advice}`,
      left,
      error,
    );
  }
  // Outside the error handling above: after the rename the keys are in use.
  await syncDirectory(directory);
  return made;
}

async function makeIn(
  scratch: string,
  input: MakeGenerationInput,
  keyStore: GeneratingKeyStore,
): Promise<MadeGeneration> {
  const { directory, plan } = input;
  const { generation } = plan;
  const now = wholeSeconds(input.clock());
  const keys: MadeKey[] = [];
  const certificates: MadeCertificate[] = [];
  const makeKey = async (id: string, role: MadeKey["role"], algorithm: KeyAlgorithm): Promise<Uint8Array> => {
    const publicKey = await keyStore.generate(id, algorithm);
    keys.push({ id, role, algorithm, publicKey });
    return publicKey;
  };
  const keep = async (certificate: MadeCertificate): Promise<Uint8Array> => {
    await writeCertificate(scratch, certificate.id, certificate.der);
    certificates.push(certificate);
    return certificate.der;
  };

  const previous = (await listGenerations(directory)).at(-1);
  // Before any key is generated: a key that cannot be opened or a certificate that would end too late ends the ceremony here.
  const oldRoot = await rootBefore(input, previous);
  const common = commonNamesOf(plan);
  const name = distinguishedName([
    ["countryName", plan.country],
    ["organizationName", plan.organisation],
    ["commonName", common.root],
  ]);
  const issuingValidity = { notBefore: now, notAfter: lastSecondOfYears(now, plan.issuing.years) };
  checkTimes(plan, now, issuingValidity.notAfter, oldRoot);

  let root = oldRoot;
  if (plan.root.kind === "new") {
    const keyId = rootKeyIdOf(generation);
    const signer = { keyStore, keyId };
    const publicKey = await makeKey(keyId, "root", plan.root.algorithm);
    const validity = { notBefore: now, notAfter: lastSecondOfYears(now, plan.root.years) };
    const der = await makeCaCertificate({ role: "root", name, publicKey, validity, signer });
    await keep({ role: "root", id: keyId, keyId, signedBy: keyId, der });
    root = { generation, ...signer, certificate: der };
  } else if (root !== undefined) {
    await writeCertificate(scratch, root.keyId, root.certificate);
  }
  if (root === undefined) throw new Error("There is no root; create a new one.");

  const issuingKeyId = issuingKeyIdOf(generation);
  const issuing = await keep({
    role: "issuing",
    id: issuingKeyId,
    keyId: issuingKeyId,
    signedBy: root.keyId,
    der: await makeCaCertificate({
      role: "issuing",
      name: withCommonName(name, common.issuing),
      publicKey: await makeKey(issuingKeyId, "issuing", plan.issuing.algorithm),
      validity: issuingValidity,
      signer: root,
      issuer: root.certificate,
      addresses: addressesOf(plan, generation),
      policies: {
        ids: plan.policies,
        ...(plan.cps === undefined ? {} : { cps: readersUrl(plan.cps) }),
      },
    }),
  });
  const previousRoot = root === oldRoot ? undefined : oldRoot;
  if (previousRoot && previous !== undefined) {
    const across = async (subject: Root, signer: Root, folder: string) =>
      keep({
        role: "cross",
        id: crossId(subject.generation, signer.generation),
        keyId: subject.keyId,
        signedBy: signer.keyId,
        der: await crossCertificate(subject, signer, now, addressesOf(plan, folder)),
      });
    await across(root, previousRoot, previous);
    await across(previousRoot, root, generation);
  }

  const record: GenerationRecord = {
    id: generation,
    keyStore: plan.keyStore,
    rootGeneration: root.generation,
    rootKeyId: root.keyId,
    issuingKeyId,
    ocspSignerAlgorithm: plan.ocspSigner.algorithm,
    crlShards: plan.crlShards,
    issuesFrom: plan.issuesFrom ?? now.toISOString(),
    createdAt: now.toISOString(),
  };
  const signer = await currentOcspSigner({ folder: scratch, record, keyStore, issuing }, now);
  certificates.push({
    role: "ocsp-signer",
    id: signer.keyId,
    keyId: signer.keyId,
    signedBy: issuingKeyId,
    der: signer.certificate,
  });
  keys.push({
    id: signer.keyId,
    role: "ocsp-signer",
    algorithm: plan.ocspSigner.algorithm,
    publicKey: await keyStore.publicKey(signer.keyId),
  });
  const { der: rootCrl } = await makeRootCrl(directory, root, now);
  await writeRootCrl(scratch, rootCrl);
  await writeGeneration(scratch, record);
  return { record, keys, certificates, rootCrl, root, ...(previousRoot ? { previousRoot } : {}) };
}

async function checkNumber(directory: string, generation: string): Promise<void> {
  const last = (await listGenerations(directory)).at(-1);
  if (last !== undefined && numberOf(last) >= numberOf(generation)) {
    throw new Error(`There is already ${last}; call the next generation g${numberOf(last) + 1}.`);
  }
}
