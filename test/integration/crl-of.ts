import "reflect-metadata";
import { CRLDistributionPointsExtension, X509Certificate } from "@peculiar/x509";

/** The CRL that a certificate names, as anybody gets it. */
export async function crlOf(certificate: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const points = new X509Certificate(new Uint8Array(certificate)).getExtension(
    CRLDistributionPointsExtension,
  );
  const url = points?.distributionPoints[0]?.distributionPoint?.fullName?.[0]?.uniformResourceIdentifier;
  if (url === undefined) throw new Error("A certificate names no CRL.");
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}
