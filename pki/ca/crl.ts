import { CertificateList, RevokedCertificate, TBSCertList, Time, Version } from "@peculiar/asn1-x509";
import type { Authority } from "./authority.ts";
import { encodeDer } from "./der.ts";
import { authorityKeyIdentifier, crlNumber, reasonCode } from "./extension.ts";
import { type Revocation, revocationReasons } from "./revocation.ts";
import { integerOfSerial } from "./serial.ts";
import { algorithmIdentifier, signObject } from "./signed-object.ts";
import { wholeSeconds } from "./time.ts";

export interface CrlInput {
  /** cRLNumber: higher than that of every CRL before, at most 20 octets (RFC 5280 §5.2.3). */
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
  entries: readonly Revocation[];
}

/** Makes and signs a full CRL, version 2 (RFC 5280 §5), DER, of the authority's issuing CA. */
export async function makeCrl(authority: Authority, input: CrlInput): Promise<Uint8Array> {
  const { issuer } = authority;
  if (input.number < 0n || input.number >= 1n << 159n) throw new RangeError("A cRLNumber is 0 to 2^159 - 1.");
  if (input.nextUpdate <= input.thisUpdate) throw new RangeError("nextUpdate must be after thisUpdate.");
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: algorithmIdentifier(issuer.signatureAlgorithm),
    issuer: issuer.name,
    thisUpdate: new Time(wholeSeconds(input.thisUpdate)),
    nextUpdate: new Time(wholeSeconds(input.nextUpdate)),
    // An empty list is left out altogether (RFC 5280 §5.1.2.6).
    ...(input.entries.length === 0 ? {} : { revokedCertificates: input.entries.map(entryOf) }),
    crlExtensions: [authorityKeyIdentifier(issuer.keyIdentifier), crlNumber(input.number)],
  });
  const { signatureAlgorithm, signature } = await signObject(
    authority.keyStore,
    authority.issuingKeyId,
    encodeDer(tbsCertList),
    issuer.signatureAlgorithm,
  );
  return encodeDer(new CertificateList({ tbsCertList, signatureAlgorithm, signature }));
}

function entryOf({ serial, revokedAt, reason }: Revocation): RevokedCertificate {
  return new RevokedCertificate({
    userCertificate: integerOfSerial(serial),
    revocationDate: new Time(wholeSeconds(revokedAt)),
    // `unspecified` is said by saying nothing (RFC 5280 §5.3.1).
    ...(reason === "unspecified" ? {} : { crlEntryExtensions: [reasonCode(revocationReasons[reason])] }),
  });
}
