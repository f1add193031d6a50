import * as crypto from "node:crypto";
import { nodeVerifier } from "./node-verifier.ts";

/** Verifies a signature with Node's crypto, at once. */
export const verifyWithNode = nodeVerifier(crypto);
