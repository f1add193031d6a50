import { webcrypto } from "node:crypto";
import { Null } from "asn1js";
import { CryptoEngine } from "pkijs";

/**
 * Signs as JPKI does: the AlgorithmIdentifier of an RSA signature has NULL as its parameters (RFC 4055 §5), which the library
 * leaves out. Some verifiers refuse a certificate without them.
 */
class SignatureEngine extends CryptoEngine {
  override async getSignatureParameters(
    ...of: Parameters<CryptoEngine["getSignatureParameters"]>
  ): ReturnType<CryptoEngine["getSignatureParameters"]> {
    const found = await super.getSignatureParameters(...of);
    found.signatureAlgorithm.algorithmParams = new Null();
    return found;
  }
}

export const signatureEngine = new SignatureEngine({
  name: "node",
  crypto: webcrypto,
});
