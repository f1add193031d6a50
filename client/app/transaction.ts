import { Attribute, SignatureAlgorithmIdentifier, SigningTime } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { attributeTypes } from "../../pki/cms/attribute-types.ts";
import { utf8 } from "../../protocol/encoding.ts";
import { signingCertificate } from "../../protocol/signing-certificate.ts";
import { digestOf, signedData } from "./cms.ts";
import type { DeviceKey } from "./device-key.ts";

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";

/** What a phone signs transactions with: the key and certificate of an enrolment. */
export interface TransactionSigner {
  deviceKey: DeviceKey;
  /** DER. */
  certificate: Uint8Array;
  /** The CA's certificates, DER; included in the signature, so that it can be verified offline. */
  chain?: Uint8Array[];
}

/**
 * Signs a transaction's text exactly as it was shown: CMS SignedData with the text inside, CAdES-B-B (ETSI EN 319
 * 122-1): signing-time and signing-certificate-v2 are among what is signed. Returns DER.
 */
export async function signTransaction(
  content: string,
  { deviceKey, certificate, chain = [] }: TransactionSigner,
  now: Date = new Date(),
): Promise<Uint8Array<ArrayBuffer>> {
  const named = signingCertificate(await digestOf(certificate));
  return signedData(utf8(content), {
    certificate,
    chain,
    algorithm: new SignatureAlgorithmIdentifier({ algorithm: ecdsaWithSha256 }),
    attributes: [
      attribute(attributeTypes.signingTime, new SigningTime(now)),
      attribute(attributeTypes.signingCertificateV2, named),
    ],
    sign: (attributes) => deviceKey.sign(attributes),
  });
}

const attribute = (attrType: string, value: object): Attribute =>
  new Attribute({ attrType, attrValues: [AsnConvert.serialize(value)] });
