import { join } from "node:path";
import { exists } from "../authority-files.ts";
import type { StatusUrls } from "../status-urls.ts";
import { CeremonyFailed, makeGeneration } from "./make-generation.ts";
import { generationPlan } from "./plan.ts";

export const defaultAuthorityName = "Kazasu Development CA";

/** The public URLs of a CA's CRLs, certificates and practice statement. */
export type PublicationUrls = Omit<StatusUrls, "ocsp">;

/**
 * The first generation of a development CA: root P-384 for 20 years, issuing CA P-256 for 10, software keys, without operators'
 * approvals. With `urls` its certificates have the same URLs as after a ceremony. Of two concurrent processes one creates it,
 * and the other uses the result.
 */
export async function makeDevelopmentGeneration(options: {
  directory: string;
  passphrase: string;
  name?: string;
  urls?: PublicationUrls;
  clock: () => Date;
}): Promise<void> {
  const { crlBase, caIssuersBase, cps } = options.urls ?? {};
  const plan = generationPlan.parse({
    generation: "g1",
    organisation: options.name ?? defaultAuthorityName,
    keyStore: { type: "software" },
    root: { kind: "new", algorithm: "P-384", years: 20 },
    issuing: { algorithm: "P-256", years: 10 },
    ocspSigner: { algorithm: "P-256" },
    urls: crlBase && { crlBase, caIssuersBase },
    cps,
  });
  try {
    await makeGeneration({ ...options, plan, passphrase: async () => options.passphrase });
  } catch (error) {
    const done = await exists(join(options.directory, plan.generation));
    if (!(error instanceof CeremonyFailed) || !done) throw error;
  }
}
