import { z } from "zod";
import { notBefore, serialHex } from "./authority.ts";
import { type Item, items, stateOf } from "./consent.ts";
import { refusal } from "./refusals.ts";
import { type RegisterEntry, sexes, subjectAttributes } from "./register.ts";
import type { Holder, IssuedCertificate, Store } from "./store.ts";

const hex = z.string().regex(/^(?:[0-9a-fA-F]{2}){1,32}$/);

/** A certificate as named in requests: hex, in any case, with any leading zero bytes. */
export const certificateId = z
  .strictObject({ issuerKeyId: hex, serial: hex })
  .transform(({ issuerKeyId, serial }) => ({
    issuerKeyId: issuerKeyId.toLowerCase(),
    serial: serialHex(Buffer.from(serial, "hex")),
  }));

/** Body of `POST /attributes`. */
export const attributesRequest = z.strictObject({
  consentId: z.string().max(64),
  certificate: certificateId,
  items: z.array(z.enum(items)).min(1).max(items.length),
});

/** The latest four attributes (最新の基本4情報): only on request, and only once a new certificate exists. */
export class LatestAttributes {
  readonly #store: Store;
  readonly #clock: () => Date;
  /** Delay until a new certificate is known here, in seconds. */
  delaySeconds = 0;

  constructor(store: Store, clock: () => Date) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Those of the requested items that the consent covers, with the new certificate. Billed once: a repetition with the same
   * consent and certificates is free, so that a request whose answer was lost can be sent again.
   */
  async answer({ consentId, certificate: id, items }: z.infer<typeof attributesRequest>) {
    const found = this.#store.consent(consentId);
    if (!found) throw refusal("NOT_CONSENTED");
    const { holder, consent } = found;
    const now = this.#clock();
    const state = stateOf(consent, now);
    if (state !== "in-force") throw refusal(state === "expired" ? "CONSENT_EXPIRED" : "CONSENT_REVOKED");
    const asked = this.#store.certificate(id.issuerKeyId, id.serial);
    if (asked?.certificate.kind !== "sign") throw refusal("UNSUPPORTED_CERTIFICATE");
    const covered = items.filter((item) => consent.items.includes(item));
    if (asked.holder !== holder || covered.length === 0) throw refusal("NOT_CONSENTED");
    if (isGood(asked.certificate, now)) throw refusal("CONTENT_NOT_EXISTS");
    const { issuerKeyId, serial, der } = newest(holder, asked.certificate, now);
    if (now.getTime() - notBefore(der).getTime() < this.delaySeconds * 1_000) throw refusal("NOT_SYNCED_YET");
    if (!holder.register) throw refusal("LATEST_CERTIFICATE_NOT_EXISTS");

    const answer = `${id.issuerKeyId}:${id.serial} ${issuerKeyId}:${serial}`;
    if (!consent.delivered.includes(answer)) {
      consent.delivered.push(answer);
      this.#store.bill("attributes");
    }
    await this.#store.saveHolder(holder);
    return { certificate: { issuerKeyId, serial }, attributes: attributesOf(holder.register, covered) };
  }
}

const isGood = ({ revoked, notAfter }: IssuedCertificate, now: Date): boolean =>
  !revoked && Date.parse(notAfter) >= now.getTime();

function newest({ certificates }: Holder, old: IssuedCertificate, now: Date): IssuedCertificate {
  const later = certificates.slice(certificates.indexOf(old) + 1);
  const found = later.findLast((certificate) => certificate.kind === "sign" && isGood(certificate, now));
  if (!found) throw refusal("LATEST_CERTIFICATE_NOT_EXISTS");
  return found;
}

function attributesOf(entry: RegisterEntry, covered: readonly Item[]) {
  const { name, nameSubstitution, address, addressSubstitution, dateOfBirth, sex } = subjectAttributes(entry);
  const { furigana, formerName, movedAbroad } = entry;
  const of: Record<Item, object> = {
    name: { name, nameSubstitution, furigana, formerName },
    address: { address, addressSubstitution, movedAbroad },
    dateOfBirth: { dateOfBirth },
    sex: { sex: Object.entries(sexes).find(([, digit]) => digit === sex)?.[0] },
  };
  return Object.assign({}, ...covered.map((item) => of[item])) as object;
}
