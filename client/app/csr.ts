import { CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Name, SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import type { DeviceKey } from "./device-key.ts";

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";

/** PKCS#10 (RFC 2986), DER, with an empty subject: the CA assigns the name, the request proves the key. */
export async function certificateRequest(key: DeviceKey): Promise<Uint8Array<ArrayBuffer>> {
  const certificationRequestInfo = new CertificationRequestInfo({
    subject: new Name(),
    subjectPKInfo: AsnConvert.parse(key.spki, SubjectPublicKeyInfo),
  });
  const signature = await key.sign(new Uint8Array(AsnConvert.serialize(certificationRequestInfo)));
  const request = new CertificationRequest({
    certificationRequestInfo,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 }),
    signature: signature.buffer,
  });
  return new Uint8Array(AsnConvert.serialize(request));
}
