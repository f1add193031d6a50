import type { IssuedCertificate, Store } from "./store.ts";

export interface CertificateId {
  issuerKeyId: string;
  serial: string;
}

const reference = ({ issuerKeyId, serial }: IssuedCertificate): CertificateId => ({ issuerKeyId, serial });

/** A sign certificate with all those of its person, oldest first. `undefined` if it was not issued here. */
function find(store: Store, { issuerKeyId, serial }: CertificateId) {
  const found = store.certificate(issuerKeyId, serial);
  if (found?.certificate.kind !== "sign") return undefined;
  const all = found.holder.certificates.filter(({ kind }) => kind === "sign");
  return { ...found, all, index: all.indexOf(found.certificate) };
}

/**
 * The person's older sign certificates, newest first, of any card and in any state. `undefined` if the given one is not a sign
 * certificate issued here.
 */
export function predecessors(store: Store, id: CertificateId): CertificateId[] | undefined {
  const found = find(store, id);
  return found?.all.slice(0, found.index).toReversed().map(reference);
}

/**
 * The person's newest sign certificate, in any state; `none` if the given one is the newest. `undefined` if the given one is
 * not a sign certificate issued here.
 */
export function successor(store: Store, id: CertificateId): CertificateId | "none" | undefined {
  const found = find(store, id);
  const newest = found?.all.at(-1);
  if (!found || !newest) return undefined;
  return newest === found.certificate ? "none" : reference(newest);
}

/**
 * The good auth certificate on this sign certificate's card; `none` if it is revoked or has expired. `undefined` if the given
 * one is not a sign certificate issued here.
 */
export function associatedAuth(
  store: Store,
  id: CertificateId,
  now: Date,
): CertificateId | "none" | undefined {
  const found = find(store, id);
  if (!found) return undefined;
  const { certificates } = found.holder;
  const at = certificates.indexOf(found.certificate);
  // A new card gets both, the auth certificate second; a renewal keeps the existing auth certificate.
  const next = certificates[at + 1];
  const auth =
    next?.kind === "auth" ? next : certificates.slice(0, at).findLast(({ kind }) => kind === "auth");
  const good = auth && !auth.revoked && Date.parse(auth.notAfter) > now.getTime();
  return good ? reference(auth) : "none";
}
