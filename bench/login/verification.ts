import { createHash, createPublicKey, verify, webcrypto } from "node:crypto";
import { webCryptoDeviceKey } from "../../client/app/device-key.ts";
import { verifySignedTransaction } from "../../client/relying-party/signed-transaction.ts";
import { run } from "../measure.ts";
import type { Runs } from "../runs.ts";
import { signTransactions } from "../verification/signed-transactions.ts";

export const names = {
  raw: "one raw P-256 verification",
  transaction: "a signed transaction verified: path, content, signature",
} as const;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Verifications of signed transactions compared with bare P-256, in turns. */
export async function benchVerification(runs: Runs, rounds: number, each: number): Promise<void> {
  const { root, party, signed } = await signTransactions(1);
  const [{ cms, subject }] = signed as [(typeof signed)[number]];
  const raw = await rawSignature();
  const work = {
    [names.raw]: async () => {
      if (!verify("sha256", raw.data, raw.key, raw.signature)) throw new Error("It does not verify.");
    },
    [names.transaction]: async () => verifySignedTransaction(cms, { roots: [root], party, subject }),
  };
  for (const one of Object.values(work)) await run(50, 1, one);
  for (let round = 0; round < rounds; round += 1)
    for (const [name, one] of Object.entries(work)) runs.add(name, 1, await run(each, 1, one));
}

async function rawSignature() {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const spki = Buffer.from(await webcrypto.subtle.exportKey("spki", publicKey));
  const data = createHash("sha256").update("what is signed").digest();
  const deviceKey = webCryptoDeviceKey({ privateKey, spki: new Uint8Array(spki) });
  const signature = await deviceKey.sign(new Uint8Array(data));
  return { data, signature, key: createPublicKey({ key: spki, format: "der", type: "spki" }) };
}
