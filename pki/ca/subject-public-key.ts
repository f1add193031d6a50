import { AsnConvert } from "@peculiar/asn1-schema";
import { SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import { readPublicKey } from "../x509/public-key.ts";
import { bufferOf } from "./der.ts";

/** A SubjectPublicKeyInfo (DER), for the certificate built for it. @throws NotDer */
export function subjectPublicKeyOf(spki: Uint8Array): SubjectPublicKeyInfo {
  readPublicKey(spki);
  return AsnConvert.parse(bufferOf(spki), SubjectPublicKeyInfo);
}
