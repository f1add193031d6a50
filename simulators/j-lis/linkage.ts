import type { IssuedCertificate, Store } from "./store.ts";

export interface CertificateId {
  issuerKeyId: string;
  serial: string;
}

const reference = ({ issuerKeyId, serial }: IssuedCertificate): CertificateId => ({ issuerKeyId, serial });

/** A sign certificate with all of its person's, oldest first. `undefined` when this is none issued here. */
function find(store: Store, { issuerKeyId, serial }: CertificateId) {
  const found = store.certificate(issuerKeyId, serial);
  if (found?.certificate.kind !== "sign") return undefined;
  const all = found.holder.certificates.filter(({ kind }) => kind === "sign");
  return { ...found, all, index: all.indexOf(found.certificate) };
}

/**
 * The person's older sign certificates, newest first, whatever card they were on and whatever became of them.
 * `undefined` when this is no sign certificate issued here.
 */
export function predecessors(store: Store, id: CertificateId): CertificateId[] | undefined {
  const found = find(store, id);
  return found?.all.slice(0, found.index).toReversed().map(reference);
}

/**
 * The person's newest sign certificate, whatever became of it; `none` when this one is the newest.
 * `undefined` when this is no sign certificate issued here.
 */
export function successor(store: Store, id: CertificateId): CertificateId | "none" | undefined {
  const found = find(store, id);
  const newest = found?.all.at(-1);
  if (!found || !newest) return undefined;
  return newest === found.certificate ? "none" : reference(newest);
}

/**
 * The good auth certificate on the card of this sign certificate; `none` when it is revoked or has expired.
 * `undefined` when this is no sign certificate issued here.
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
  // A new card gets both, the auth certificate second; a renewal leaves the auth certificate that is there.
  const next = certificates[at + 1];
  const auth =
    next?.kind === "auth" ? next : certificates.slice(0, at).findLast(({ kind }) => kind === "auth");
  const good = auth && !auth.revoked && Date.parse(auth.notAfter) > now.getTime();
  return good ? reference(auth) : "none";
}
