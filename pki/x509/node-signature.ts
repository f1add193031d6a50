import * as crypto from "node:crypto";
import { nodeKeys, nodeVerifier, type ReadKey } from "./node-verifier.ts";

/** The key of a SubjectPublicKeyInfo (DER), parsed once as long as it is used. */
export const nodeKey: ReadKey = nodeKeys(crypto);

/** Verifies a signature with Node's crypto, synchronously. */
export const verifyWithNode = nodeVerifier(crypto, nodeKey);
