import { createHash } from "node:crypto";
import * as asn1js from "asn1js";
import {
  CertificateRevocationList,
  Extension,
  Extensions,
  IssuingDistributionPoint,
  RevokedCertificate,
} from "pkijs";
import { type Generation, utcTime, wholeSeconds } from "./authority.ts";
import { midnightInJapan } from "./date-of-birth.ts";
import { directoryName, distinguishedName, nameDer, nameText } from "./distinguished-names.ts";
import { authorityKeyIdentifier, authorityName, distributionPointName, type Place } from "./profile.ts";
import { revocationReasons } from "./revocation.ts";
import { signingKey } from "./rsa-keys.ts";
import { signatureEngine } from "./signature-engine.ts";
import type { IssuedCertificate, Store } from "./store.ts";

/** Time from thisUpdate to nextUpdate, in ms: a day and twelve hours of grace. */
const promised = 36 * 60 * 60 * 1_000;
const day = 24 * 60 * 60 * 1_000;

interface Part {
  id: string;
  generation: Generation;
  place: Place | undefined;
}

/** A part as listed by `GET /crl`. */
export interface PartSummary {
  part: string;
  kind: "sign" | "auth";
  issuerKeyId: string;
  /** The directoryName in certificates of this part, as text and as DER in base64. */
  distributionPoint: string;
  distributionPointDer: string;
  number: string;
  thisUpdate: string;
  nextUpdate: string;
}

/**
 * CRLs in parts: one for each city and generation of the sign CA, one for each generation of the auth CA.
 *
 * A list is dated the last midnight in Japan, or the last extra publication, and has what was revoked by then: today's
 * revocations are in tomorrow's list.
 */
export class CrlPublisher {
  readonly #store: Store;
  readonly #cache = new Map<string, { publishedAt: number; der: Promise<Buffer> }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Time, in ms, of the list that is current at `now`; with `stale`, of the one a day before. It is also its number. */
  publishedAt(now: Date, stale = false): number {
    const midnight = midnightInJapan(now).getTime();
    if (stale) return midnight - day;
    return Math.max(midnight, this.#store.common.publishedAt);
  }

  /** Publishes all parts immediately. */
  async publish(now: Date): Promise<void> {
    const { common } = this.#store;
    common.publishedAt = Math.max(now.getTime(), common.publishedAt + 1);
    await this.#store.saveCommon();
  }

  list(now: Date): PartSummary[] {
    const publishedAt = this.publishedAt(now);
    return this.#parts().map(({ id, generation, place }) => {
      const name = distributionPointName(generation.kind, place);
      return {
        part: id,
        kind: generation.kind,
        issuerKeyId: generation.keyId,
        distributionPoint: nameText(name),
        distributionPointDer: nameDer(name).toString("base64"),
        number: String(publishedAt),
        thisUpdate: wholeSeconds(new Date(publishedAt)).toISOString(),
        nextUpdate: wholeSeconds(new Date(publishedAt + promised)).toISOString(),
      };
    });
  }

  /** The DER of a part's list, or `undefined` if there is no such part. */
  async part(id: string, now: Date, stale = false): Promise<Buffer | undefined> {
    const part = this.#parts().find((each) => each.id === id);
    if (!part) return undefined;
    const publishedAt = this.publishedAt(now, stale);
    const cached = this.#cache.get(id);
    if (cached?.publishedAt === publishedAt) return cached.der;
    const revoked = this.#store
      .certificates()
      .filter((certificate) => partId(certificate.issuerKeyId, certificate.place) === id)
      .filter(({ notAfter }) => Date.parse(notAfter) > publishedAt)
      .filter((certificate) => certificate.revoked && Date.parse(certificate.revoked.at) <= publishedAt);
    const der = signList(part, publishedAt, revoked);
    this.#cache.set(id, { publishedAt, der });
    return der;
  }

  /** Every part with an issued certificate, and the auth CA's even if empty. */
  #parts(): Part[] {
    const { generations } = this.#store.common;
    const parts = new Map<string, Part>();
    const add = (generation: Generation | undefined, place: Place | undefined): void => {
      if (!generation) return;
      const id = partId(generation.keyId, place);
      parts.set(id, { id, generation, place });
    };
    for (const generation of generations) if (generation.kind === "auth") add(generation, undefined);
    const byKeyId = new Map(generations.map((generation) => [generation.keyId, generation]));
    for (const { issuerKeyId, place } of this.#store.certificates()) add(byKeyId.get(issuerKeyId), place);
    return [...parts.values()];
  }
}

/** Id of a part in URLs: the issuer's key id and the place, shortened by digests. */
function partId(issuerKeyId: string, place: Place | undefined): string {
  const where = place ? JSON.stringify([place.prefecture, place.city]) : "all";
  return `${issuerKeyId.slice(0, 12)}-${createHash("sha256").update(where).digest("hex").slice(0, 12)}`;
}

async function signList(
  { generation, place }: Part,
  publishedAt: number,
  revoked: IssuedCertificate[],
): Promise<Buffer> {
  const distributionPoint = directoryName(distributionPointName(generation.kind, place));
  const list = new CertificateRevocationList({
    version: 1,
    issuer: distinguishedName(authorityName(generation.kind)),
    thisUpdate: utcTime(new Date(publishedAt)),
    nextUpdate: utcTime(new Date(publishedAt + promised)),
    crlExtensions: new Extensions({
      extensions: [
        authorityKeyIdentifier(Buffer.from(generation.keyId, "hex")),
        new Extension({
          extnID: "2.5.29.20",
          extnValue: asn1js.Integer.fromBigInt(publishedAt).toBER(),
        }),
        new Extension({
          extnID: "2.5.29.28",
          critical: true,
          extnValue: new IssuingDistributionPoint({ distributionPoint: [distributionPoint] })
            .toSchema()
            .toBER(),
        }),
      ],
    }),
  });
  if (revoked.length > 0) list.revokedCertificates = revoked.map(entry);
  await list.sign(await signingKey(generation.privateKey), "SHA-256", signatureEngine);
  return Buffer.from(list.toSchema(true).toBER());
}

function entry({ serial, revoked }: IssuedCertificate): RevokedCertificate {
  const reason = revocationReasons[revoked?.reason ?? "unspecified"];
  const revocation = new RevokedCertificate({
    userCertificate: new asn1js.Integer({ valueHex: new Uint8Array(Buffer.from(serial, "hex")).buffer }),
    revocationDate: utcTime(new Date(revoked?.at ?? 0)),
  });
  // RFC 5280 §5.3.1: a reason of unspecified is omitted.
  if (reason !== revocationReasons.unspecified) {
    const extnValue = new asn1js.Enumerated({ value: reason }).toBER();
    revocation.crlEntryExtensions = new Extensions({
      extensions: [new Extension({ extnID: "2.5.29.21", extnValue })],
    });
  }
  return revocation;
}
