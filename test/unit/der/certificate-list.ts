import { AsnArray, AsnProp, AsnType, AsnTypeTypes } from "@peculiar/asn1-schema";
import { CertificateList, RevokedCertificate, TBSCertList } from "@peculiar/asn1-x509";
import { compileAnew } from "./derived-schema.ts";

/** `revokedCertificates`, which may be there and empty (docs/decisions/0014); the schema library's own type drops it then. */
class RevokedCertificates extends AsnArray<RevokedCertificate> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: RevokedCertificate })(RevokedCertificates);

class TbsListWithEmpty extends TBSCertList {}
AsnProp({ type: RevokedCertificates, optional: true })(TbsListWithEmpty.prototype, "revokedCertificates");
compileAnew(TbsListWithEmpty);

/** CertificateList (RFC 5280 §5.1) whose value encodes to the very bytes that it was read from. */
export class ExactCertificateList extends CertificateList {}
AsnProp({ type: TbsListWithEmpty })(ExactCertificateList.prototype, "tbsCertList");
compileAnew(ExactCertificateList);
