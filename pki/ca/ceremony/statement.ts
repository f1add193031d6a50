import { join } from "node:path";
import * as z from "zod";
import { readCertificate } from "../authority-files.ts";
import {
  issuingKeyIdOf,
  keyAlgorithm,
  listGenerations,
  numberOf,
  ocspKeyPrefixOf,
  readGeneration,
  rootKeyIdOf,
} from "../generation.ts";
import { ocspSignerDays } from "../ocsp-signer.ts";
import { fingerprint } from "./approvals.ts";
import { approvalPolicy, type CeremonyConfig } from "./config.ts";
import { commonNamesOf, type GenerationPlan } from "./plan.ts";
import { CeremonyRefused } from "./refused.ts";
import { rootCrlDays } from "./root-crl.ts";

const subject = z.strictObject({
  countryName: z.string(),
  organizationName: z.string(),
  commonName: z.string(),
});

/** A `*` stands for eight hexadecimal digits chosen in the ceremony. */
const plannedKey = z.strictObject({
  id: z.string(),
  role: z.enum(["root", "issuing", "ocsp-signer"]),
  algorithm: keyAlgorithm,
});
const plannedCertificate = z.strictObject({
  role: z.enum(["root", "cross", "issuing", "ocsp-signer"]),
  key: z.string(),
  signedBy: z.string(),
  /** For a cross-certificate that of the root. */
  subject: subject.optional(),
  years: z.int().optional(),
  days: z.int().optional(),
  /** If it ends after neither years nor days, or earlier. */
  until: z.string().optional(),
});

/** What every operator reads and approves: everything that a ceremony will do. */
export const ceremonyStatement = z.strictObject({
  act: z.literal("kazasu/key-ceremony/1"),
  software: z.string(),
  configSha256: z.string(),
  directory: z.string(),
  generation: z.string(),
  previous: z
    .strictObject({ generation: z.string(), rootSha256: z.string(), issuingSha256: z.string() })
    .nullable(),
  keyStore: z.unknown(),
  keys: z.array(plannedKey),
  certificates: z.array(plannedCertificate),
  rootCrl: z.strictObject({ signedBy: z.string(), days: z.int() }),
  crlShards: z.int(),
  issuesFrom: z.string(),
  policies: z.array(z.string()),
  cps: z.string().nullable(),
  urls: z.unknown(),
  approval: approvalPolicy,
});
export type CeremonyStatement = z.infer<typeof ceremonyStatement>;

export const authorityDirectory = ({ keys }: CeremonyConfig): string => join(keys, "authority");

/**
 * The exact text to approve: the configuration applied to the existing generations. The same configuration, generations and
 * software give the same text. Throws {@link CeremonyRefused}.
 */
export async function writeStatement(
  configText: string,
  config: CeremonyConfig,
  software: string,
): Promise<string> {
  const { plan, approval } = config;
  const directory = authorityDirectory(config);
  const last = (await listGenerations(directory)).at(-1);
  if (last !== undefined && numberOf(last) >= numberOf(plan.generation)) {
    throw new CeremonyRefused(
      `There is already ${last} in ${directory}; call the next generation g${numberOf(last) + 1}.`,
    );
  }
  const rootKey = await rootKeyOf(directory, plan);
  const previousRootKey = last === undefined ? undefined : (await readGeneration(directory, last)).rootKeyId;
  const statement: CeremonyStatement = {
    act: "kazasu/key-ceremony/1",
    software,
    configSha256: fingerprint(configText),
    directory,
    generation: plan.generation,
    previous: last === undefined ? null : await previousOf(directory, last),
    keyStore: plan.keyStore,
    keys: plannedKeys(plan),
    certificates: plannedCertificates(plan, rootKey, previousRootKey),
    rootCrl: { signedBy: rootKey, days: rootCrlDays },
    crlShards: plan.crlShards,
    issuesFrom: plan.issuesFrom ?? "at once",
    policies: plan.policies,
    cps: plan.cps ?? null,
    urls: plan.urls ?? null,
    approval,
  };
  return JSON.stringify(statement, undefined, 2);
}

async function rootKeyOf(directory: string, { root, generation }: GenerationPlan): Promise<string> {
  if (root.kind === "new") return rootKeyIdOf(generation);
  if (!(await listGenerations(directory)).includes(root.generation)) {
    throw new CeremonyRefused(`There is no ${root.generation} in ${directory} whose root could be used.`);
  }
  return (await readGeneration(directory, root.generation)).rootKeyId;
}

async function previousOf(directory: string, generation: string) {
  const { rootKeyId, issuingKeyId } = await readGeneration(directory, generation);
  const folder = join(directory, generation);
  return {
    generation,
    rootSha256: fingerprint(await readCertificate(folder, rootKeyId)),
    issuingSha256: fingerprint(await readCertificate(folder, issuingKeyId)),
  };
}

function plannedKeys({ generation, root, issuing, ocspSigner }: GenerationPlan): CeremonyStatement["keys"] {
  return [
    ...(root.kind === "new"
      ? [{ id: rootKeyIdOf(generation), role: "root" as const, algorithm: root.algorithm }]
      : []),
    { id: issuingKeyIdOf(generation), role: "issuing", algorithm: issuing.algorithm },
    { id: `${ocspKeyPrefixOf(generation)}*`, role: "ocsp-signer", algorithm: ocspSigner.algorithm },
  ];
}

function plannedCertificates(
  plan: GenerationPlan,
  rootKey: string,
  previousRootKey: string | undefined,
): CeremonyStatement["certificates"] {
  const { generation, root } = plan;
  const issuingKey = issuingKeyIdOf(generation);
  const common = commonNamesOf(plan);
  const named = (commonName: string) => ({
    countryName: plan.country,
    organizationName: plan.organisation,
    commonName,
  });
  const until = "the earlier end of both roots";
  const crossed = root.kind === "new" && plan.cross && previousRootKey !== undefined;
  return [
    ...(root.kind === "new"
      ? [
          {
            role: "root" as const,
            key: rootKey,
            signedBy: rootKey,
            subject: named(common.root),
            years: root.years,
          },
        ]
      : []),
    {
      role: "issuing",
      key: issuingKey,
      signedBy: rootKey,
      subject: named(common.issuing),
      years: plan.issuing.years,
    },
    ...(crossed
      ? [
          { role: "cross" as const, key: rootKey, signedBy: previousRootKey, until },
          { role: "cross" as const, key: previousRootKey, signedBy: rootKey, until },
        ]
      : []),
    {
      role: "ocsp-signer",
      key: `${ocspKeyPrefixOf(generation)}*`,
      signedBy: issuingKey,
      subject: named("OCSP Signer *"),
      days: ocspSignerDays,
    },
  ];
}
