import { OtherRevocationInfoFormat, SignedData } from "@peculiar/asn1-cms";
import { AsnArray, AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes } from "@peculiar/asn1-schema";
import { ExactCertificateList } from "./certificate-list.ts";
import { compileAnew } from "./derived-schema.ts";

/** RevocationInfoChoice (RFC 5652 §10.2.1); the schema library's own knows no CertificateList. */
class RevocationInfo {
  crl?: ExactCertificateList;
  other?: OtherRevocationInfoFormat;
}
AsnProp({ type: ExactCertificateList })(RevocationInfo.prototype, "crl");
AsnProp({ type: OtherRevocationInfoFormat, context: 1, implicit: true })(RevocationInfo.prototype, "other");
AsnType({ type: AsnTypeTypes.Choice })(RevocationInfo);

/** A SET OF, which may be empty. */
class RevocationInfos extends AsnArray<RevocationInfo> {}
AsnType({ type: AsnTypeTypes.Set, itemType: RevocationInfo })(RevocationInfos);

/** SignedData whose `crls` are read, in the place where the schema library has them. */
class SignedDataWithCrls extends SignedData {}
AsnProp({ type: RevocationInfos, context: 1, implicit: true, optional: true })(
  SignedDataWithCrls.prototype,
  "crls",
);
compileAnew(SignedDataWithCrls);

/** ContentInfo with SignedData inside, in one type (RFC 5652 §3). */
export class SignedMessage {
  contentType = "";
  content = new SignedDataWithCrls();
}
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(SignedMessage.prototype, "contentType");
AsnProp({ type: SignedDataWithCrls, context: 0 })(SignedMessage.prototype, "content");

/** The message with lists of its own (RFC 5652 §10.2.1). */
export function withRevocationInfo(cms: Uint8Array, infos: RevocationInfo[]): Uint8Array {
  const message = AsnConvert.parse(cms, SignedMessage);
  Object.assign(message.content, { crls: new RevocationInfos(infos) });
  return new Uint8Array(AsnConvert.serialize(message));
}

export const revocationInfo = (more: Partial<RevocationInfo>): RevocationInfo =>
  Object.assign(new RevocationInfo(), more);
