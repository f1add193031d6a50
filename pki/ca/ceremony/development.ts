import { join } from "node:path";
import { exists } from "../authority-files.ts";
import { CeremonyFailed, makeGeneration } from "./make-generation.ts";
import { generationPlan } from "./plan.ts";

export const defaultAuthorityName = "Kazasu Development CA";

/**
 * The first generation of a development CA: root P-384 for 20 years, issuing CA P-256 for 10, keys in software, approved by
 * nobody. Of two processes that do this at once one wins, and the other finds its work done.
 */
export async function makeDevelopmentGeneration(options: {
  directory: string;
  passphrase: string;
  name?: string;
  clock: () => Date;
}): Promise<void> {
  const plan = generationPlan.parse({
    generation: "g1",
    organisation: options.name ?? defaultAuthorityName,
    keyStore: { type: "software" },
    root: { kind: "new", algorithm: "P-384", years: 20 },
    issuing: { algorithm: "P-256", years: 10 },
    ocspSigner: { algorithm: "P-256" },
  });
  try {
    await makeGeneration({ ...options, plan, passphrase: async () => options.passphrase });
  } catch (error) {
    const done = await exists(join(options.directory, plan.generation));
    if (!(error instanceof CeremonyFailed) || !done) throw error;
  }
}
