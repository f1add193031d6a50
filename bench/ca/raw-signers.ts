import { type ChildProcess, fork } from "node:child_process";
import { createHash, createPrivateKey, sign } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Authority } from "../../pki/ca/authority.ts";
import type { TokenSettings } from "../../pki/key-store/pkcs11/session-process.ts";
import { digestOf } from "../../pki/key-store/signature-algorithm.ts";
import type { Run } from "../measure.ts";
import { during } from "./during.ts";

const makeSignature = promisify(sign);
const program = fileURLToPath(new URL("./raw-token.mjs", import.meta.url));

/** A bare key: signs the same bytes for this many milliseconds. */
export interface RawSigner {
  run(ms: number): Promise<Run>;
  close(): void;
}

/** node:crypto with the issuing key of a software store, in its thread pool. */
export async function rawSoftwareSigner(
  authority: Authority,
  ca: { directory: string; passphrase: string },
  tbs: Uint8Array,
  concurrency: number,
): Promise<RawSigner> {
  const path = join(ca.directory, authority.generation, `${authority.issuingKeyId}.key.pem`);
  const key = createPrivateKey({ key: await readFile(path), passphrase: ca.passphrase });
  const digest = digestOf(authority.issuer.signatureAlgorithm);
  return {
    run: (ms) => during(ms, concurrency, () => makeSignature(digest, tbs, { key, dsaEncoding: "der" })),
    close: () => undefined,
  };
}

/** graphene in as many processes as the store has sessions, each signing without pause. */
export async function rawTokenSigner(
  authority: Authority,
  token: TokenSettings,
  tbs: Uint8Array,
  sessions: number,
): Promise<RawSigner> {
  const algorithm = authority.issuer.signatureAlgorithm;
  const isRsa = algorithm === "sha256WithRSAEncryption";
  const data = isRsa ? tbs : createHash(digestOf(algorithm)).update(tbs).digest();
  const settings = JSON.stringify({
    ...token,
    keyId: authority.issuingKeyId,
    mechanism: isRsa ? "SHA256_RSA_PKCS" : "ECDSA",
    data: Buffer.from(data).toString("base64"),
  });
  const children = Array.from({ length: sessions }, () =>
    fork(program, [settings], { serialization: "advanced", execArgv: [] }),
  );
  await Promise.all(children.map(nextMessage));
  return {
    async run(ms) {
      const answers = children.map(nextMessage);
      for (const child of children) child.send({ ms });
      const runs = (await Promise.all(answers)) as Run[];
      return {
        latencies: runs.flatMap(({ latencies }) => latencies),
        elapsedMs: Math.max(...runs.map(({ elapsedMs }) => elapsedMs)),
      };
    },
    close() {
      for (const child of children) child.disconnect();
    },
  };
}

/** The next message of a child. Rejects if it ends instead. */
async function nextMessage(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => {
      throw new Error("The process that signs with the token ended; check its output.");
    }),
  ]);
  return message;
}
