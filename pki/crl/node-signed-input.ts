import { createVerify } from "node:crypto";
import { nodeKey } from "../x509/node-signature.ts";
import type { SignedInputFor } from "./signed-input.ts";

/** Hashes the signed bytes as they are streamed, with Node's crypto: memory use does not depend on the list's length. */
export const hashedByNode: SignedInputFor<boolean> = ({ key: type, hash }) => {
  const verifier = createVerify(hash);
  return {
    add: (bytes) => void verifier.update(bytes),
    verify: (spki, signature) => {
      const key = nodeKey(spki);
      return key?.asymmetricKeyType === type && verifier.verify({ key, dsaEncoding: "der" }, signature);
    },
  };
};
