import { createPublicKey } from "node:crypto";
import { sameBytes } from "../../../der/bytes.ts";
import type { Rule } from "../rule.ts";
import { isWeakKey } from "../weak-keys.ts";

export const keyRules: readonly Rule[] = [
  {
    // OpenSSL refuses a point that is not on the curve. Compressed points and explicit curves have other encodings.
    id: "key-p256",
    source: "RFC 5480 §2.1.1 and §2.2, ETSI TS 119 312 §6.2.2, SEC 1 §3.2.2",
    check: ({ parts }) => {
      const spki = Buffer.from(parts.spki);
      const key = createPublicKey({ key: spki, format: "der", type: "spki" });
      const isUncompressed = parts.publicKeyBits[0] === 4;
      return key.asymmetricKeyDetails?.namedCurve === "prime256v1" &&
        isUncompressed &&
        key.export({ format: "der", type: "spki" }).equals(spki)
        ? undefined
        : "The subject's key is not an uncompressed point on P-256.";
    },
  },
  {
    id: "key-not-the-issuers",
    source: "RFC 5280 §4.1.2.6: an end entity is not its issuer",
    check: ({ parts, context }) =>
      sameBytes(parts.publicKeyBits, new Uint8Array(context.issuer.subjectPublicKey))
        ? "The subject's key is the issuing CA's."
        : undefined,
  },
  {
    id: "key-not-weak",
    source: "CA/B baseline requirements §6.1.1.3: keys with a publicly known private key",
    check: ({ parts }) =>
      isWeakKey(parts.publicKeyBits) ? "The private key of the subject is publicly known." : undefined,
  },
];
