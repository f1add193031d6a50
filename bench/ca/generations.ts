import { type Authorities, openAuthorities } from "../../pki/ca/authorities.ts";
import { makeGeneration } from "../../pki/ca/ceremony/make-generation.ts";
import { generationPlan } from "../../pki/ca/ceremony/plan.ts";
import type { KeyStoreReference } from "../../pki/ca/generation.ts";
import type { GeneratingKeyStore, KeyAlgorithm } from "../../pki/key-store/key-store.ts";

/** A CA for the bench, without a ceremony. */
export interface BenchCa {
  directory: string;
  /** Passphrase of its software keys. */
  passphrase: string;
  token?: { reference: KeyStoreReference; keyStore: GeneratingKeyStore };
}

/** A generation for each algorithm its issuing and OCSP keys may have, g1 first; the roots are P-256. */
export async function makeGenerations(
  ca: BenchCa,
  algorithms: readonly KeyAlgorithm[],
): Promise<Authorities> {
  const { directory, passphrase, token } = ca;
  const clock = () => new Date();
  for (const [index, algorithm] of algorithms.entries()) {
    const plan = generationPlan.parse({
      generation: `g${index + 1}`,
      organisation: "Bench",
      keyStore: token?.reference ?? { type: "software" },
      root: { kind: "new", algorithm: "P-256", years: 20 },
      issuing: { algorithm, years: 10 },
      ocspSigner: { algorithm: "P-256" },
      cross: false,
    });
    await makeGeneration({
      directory,
      plan,
      clock,
      passphrase: async () => passphrase,
      ...(token && { openKeyStore: async () => token.keyStore }),
    });
  }
  return openBenchCa(ca);
}

/** The CA, opened as by the engine. */
export const openBenchCa = ({ directory, passphrase, token }: BenchCa): Promise<Authorities> =>
  openAuthorities({
    directory,
    passphrase,
    development: false,
    ...(token && { openKeyStore: async () => token.keyStore }),
  });
