import { createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { digestOf, keyAlgorithmOf, signatureAlgorithmOf } from "../../key-store/signature-algorithm.ts";

const makeKeyPair = promisify(generateKeyPair);
const makeSignature = promisify(sign);

/** One for each kind of key, for the life of the process: generating an RSA key takes seconds. */
const keys = new Map<string, Promise<KeyObject>>();

/**
 * Signs with a throw-away key of the same kind and size as `model`. Returns the signature in X.509 form, and the public key.
 */
export async function signThrowAway(
  tbs: Uint8Array,
  model: KeyObject,
): Promise<{ signature: Uint8Array; publicKey: KeyObject }> {
  const algorithm = keyAlgorithmOf(model);
  if (algorithm === undefined) throw new TypeError("The issuer's key is of a kind this CA does not use.");
  const made = keys.get(algorithm) ?? makeKey(model);
  keys.set(algorithm, made);
  made.catch(() => keys.delete(algorithm));
  const key = await made;
  const digest = digestOf(signatureAlgorithmOf(algorithm));
  return {
    signature: new Uint8Array(await makeSignature(digest, tbs, { key, dsaEncoding: "der" })),
    publicKey: createPublicKey(key),
  };
}

async function makeKey(model: KeyObject): Promise<KeyObject> {
  const { namedCurve = "", modulusLength = 0 } = model.asymmetricKeyDetails ?? {};
  const { privateKey } = await (model.asymmetricKeyType === "ec"
    ? makeKeyPair("ec", { namedCurve })
    : makeKeyPair("rsa", { modulusLength }));
  return privateKey;
}
