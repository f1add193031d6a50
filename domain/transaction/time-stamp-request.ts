import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { MessageImprint, TimeStampReq } from "@peculiar/asn1-tsp";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { positive } from "../../pki/cms/time-stamp.ts";
import { digestOf } from "../../pki/x509/digest.ts";

const sha256 = "2.16.840.1.101.3.4.2.1";

/** A TimeStampReq (RFC 3161 §2.4.1), DER: over SHA-256 of `data`, with this nonce, requesting the authority's certificate. */
export function timeStampRequest(data: Uint8Array, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const request = new TimeStampReq({
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithm: sha256 }),
      hashedMessage: new OctetString(digestOf("sha256", data)),
    }),
    nonce: positive(nonce).buffer,
    certReq: true,
  });
  return new Uint8Array(AsnConvert.serialize(request));
}
