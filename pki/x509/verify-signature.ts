/**
 * The runtime's own verification of one signature: Node's crypto in Node, WebCrypto elsewhere (the package's `exports`).
 *
 * @module @kazasu/pki/x509/verify-signature
 */
import { type NodeCrypto, nodeVerifier } from "./node-verifier.ts";
import type { VerifySignature } from "./signature.ts";
import { verifyWithWebCrypto } from "./web-signature.ts";

interface Runtime {
  process?: { getBuiltinModule?: (id: string) => unknown };
}

/** Node's own crypto if available, without an import that a browser's bundler would have to resolve. */
const nodeCrypto = (globalThis as Runtime).process?.getBuiltinModule?.("node:crypto") as
  | NodeCrypto
  | undefined;

/** Verifies a signature: synchronously with Node's crypto (20.16, 22.3 and later), otherwise with WebCrypto. */
export const verifySignature: VerifySignature = nodeCrypto ? nodeVerifier(nodeCrypto) : verifyWithWebCrypto;
