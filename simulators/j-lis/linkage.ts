import type { Store } from "./store.ts";

export interface CertificateId {
  issuerKeyId: string;
  serial: string;
}

/**
 * The person's older sign certificates, newest first, whatever card they were on and whatever became of them.
 * `undefined` when this is no sign certificate issued here.
 */
export function predecessors(
  store: Store,
  { issuerKeyId, serial }: CertificateId,
): CertificateId[] | undefined {
  const found = store.certificate(issuerKeyId, serial);
  if (found?.certificate.kind !== "sign") return undefined;
  const signCertificates = found.holder.certificates.filter(({ kind }) => kind === "sign");
  return signCertificates
    .slice(0, signCertificates.indexOf(found.certificate))
    .toReversed()
    .map((certificate) => ({ issuerKeyId: certificate.issuerKeyId, serial: certificate.serial }));
}
