import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { KeyStore } from "../../key-store/key-store.ts";
import { openSoftwareKeyStore } from "../../key-store/software.ts";
import { readIssuer } from "../authority.ts";
import { readCertificate } from "../authority-files.ts";
import { makeCaCertificate } from "../ca-certificate.ts";
import { readGeneration } from "../generation.ts";
import { plainUrl } from "../status-urls.ts";
import type { GenerationPlan } from "./plan.ts";
import { type OpenToken, openToken } from "./tokens.ts";

/** A root that signs in a ceremony, with its key. */
export interface Root {
  /** The generation whose ceremony created it. */
  generation: string;
  keyStore: KeyStore;
  keyId: string;
  certificate: Uint8Array;
}

/** The plan's root if it is an older one, or the one with which a new root cross-certifies. */
export async function rootBefore(
  input: {
    directory: string;
    plan: GenerationPlan;
    passphrase: () => Promise<string>;
    openKeyStore?: OpenToken;
  },
  previous: string | undefined,
): Promise<Root | undefined> {
  const { plan, directory } = input;
  const from = plan.root.kind === "existing" ? plan.root.generation : previous;
  if (from === undefined || (plan.root.kind === "new" && !plan.cross)) return undefined;
  const { rootGeneration } = await readGeneration(directory, from);
  return openRoot(input, rootGeneration);
}

/** The root created in a generation's ceremony. Throws Error if its key is not available, or is not the certificate's. */
export async function openRoot(
  input: { directory: string; passphrase: () => Promise<string>; openKeyStore?: OpenToken },
  rootGeneration: string,
): Promise<Root> {
  const { directory } = input;
  const maker = await readGeneration(directory, rootGeneration);
  const folder = join(directory, rootGeneration);
  const keyStore =
    maker.keyStore.type === "software"
      ? await openSoftwareKeyStore(folder, await input.passphrase())
      : await openToken(input.openKeyStore, maker.keyStore);
  const certificate = await readCertificate(folder, maker.rootKeyId);
  // Open the key now, so that a failure is found before new keys are generated.
  const inCertificate = new X509Certificate(certificate).publicKey.export({ format: "der", type: "spki" });
  if (!inCertificate.equals(await keyStore.publicKey(maker.rootKeyId))) {
    throw new Error(`The root's key of ${rootGeneration} is not the one in its certificate.`);
  }
  return { generation: rootGeneration, keyStore, keyId: maker.rootKeyId, certificate };
}

/** Throws Error if something would end before what it depends on. */
export function checkTimes(
  plan: GenerationPlan,
  now: Date,
  issuingEnd: Date,
  oldRoot: Root | undefined,
): void {
  const rootEnd = oldRoot && readIssuer(oldRoot.certificate).notAfter;
  if (plan.root.kind === "existing" && rootEnd && rootEnd < issuingEnd) {
    throw new Error("The issuing CA would outlive its root; give it fewer years, or make a new root.");
  }
  if (plan.root.kind === "new" && rootEnd && rootEnd <= now) {
    throw new Error("The previous root has expired and can no longer certify; plan with `cross: false`.");
  }
  if (plan.issuesFrom !== undefined && new Date(plan.issuesFrom) >= issuingEnd) {
    throw new Error("issuesFrom is after the end of the issuing CA's certificate; check the year.");
  }
}

/** A root's key certified by another root, for the time in which both are valid. */
export async function crossCertificate(
  subject: Root,
  signer: Root,
  now: Date,
  addresses: { crl?: string; caIssuers?: string },
): Promise<Uint8Array> {
  const [below, above] = [readIssuer(subject.certificate), readIssuer(signer.certificate)];
  return makeCaCertificate({
    role: "cross",
    name: below.name,
    publicKey: await subject.keyStore.publicKey(subject.keyId),
    validity: { notBefore: now, notAfter: below.notAfter < above.notAfter ? below.notAfter : above.notAfter },
    signer,
    issuer: signer.certificate,
    addresses,
  });
}

/** URLs of a root's CRL and certificate, below the generation in whose folder they are. */
export function addressesOf(
  { urls }: GenerationPlan,
  generation: string,
): { crl?: string; caIssuers?: string } {
  if (urls === undefined) return {};
  return {
    crl: plainUrl(`${urls.crlBase}/${generation}/root.crl`),
    ...(urls.caIssuersBase === undefined
      ? {}
      : { caIssuers: plainUrl(`${urls.caIssuersBase}/${generation}/root.cer`) }),
  };
}
