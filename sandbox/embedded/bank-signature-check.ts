import { verifySignedTransaction } from "../../client/relying-party/signed-transaction.ts";
import { listGenerations } from "../../pki/ca/generation.ts";
import type { CheckSignature } from "../../simulators/bank/online/signing.ts";
import { issuedChains } from "../../workers/issued-chains.ts";

/**
 * ABC Bank's verification of its customers' signatures: with the SDK, like any party, and the CA's roots as set by the bank's
 * operator.
 * @param directory of the CA's generations
 */
export function bankSignatureCheck(directory: string): CheckSignature {
  const chainOf = issuedChains(directory);
  return async (signature, expected) => {
    const chains = await Promise.all((await listGenerations(directory)).map(chainOf));
    const roots = chains.flatMap((chain) => chain.slice(-1));
    return verifySignedTransaction(signature, { ...expected, roots });
  };
}
