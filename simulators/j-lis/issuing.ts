import { randomInt } from "node:crypto";
import type { KeySlot } from "../my-number-card/memory.ts";
import { type Generation, type Issuer, signCertificate } from "./authority.ts";
import { birthdayAfter } from "./date-of-birth.ts";
import type { Name } from "./distinguished-names.ts";
import { authExtensions, authorityName, type Deviation, signExtensions } from "./profile.ts";
import { type RegisterEntry, subjectAttributes } from "./register.ts";
import type { IssuedCertificate } from "./store.ts";

/** A certificate, and the slot of a card that holds it with its key. */
export interface Issue {
  certificate: IssuedCertificate;
  slot: KeySlot;
}

/** Deviations from the profile, for cards that a verifier must refuse. */
export interface SignDeviation extends Deviation {
  notBefore?: Date | undefined;
  notAfter?: Date | undefined;
  /** Another signer, while the certificate otherwise looks as if issued by the generation. */
  issuer?: Issuer | undefined;
}

interface Order {
  generation: Generation;
  entry: RegisterEntry;
  privateKey: string;
  now: Date;
  /** The card's own end, which limits the certificate's. */
  cardValidUntil: Date;
  /** The validity in birthdays; 5 on the current card. */
  years?: number | undefined;
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The common name has no information about the person: 22 random characters. */
const opaqueName = (): string =>
  Array.from({ length: 22 }, () => alphabet[randomInt(alphabet.length)]).join("");

/** Issues a certificate for digital signature on the four attributes. */
export async function issueSign(order: Order, deviation: SignDeviation = {}): Promise<Issue> {
  const { generation, entry } = order;
  const { prefecture, city } = entry;
  const place = { prefecture, city };
  const subject: Name = [
    ["C", "JP"],
    ["L", prefecture],
    ["L", city],
    ["CN", opaqueName()],
  ];
  const keyId = Buffer.from(generation.keyId, "hex");
  const extensions = signExtensions(keyId, place, subjectAttributes(entry), deviation);
  return issue(order, { subject, place, extensions, ...deviation });
}

/** Issues a certificate for user authentication, which has no information about the person. */
export async function issueAuth(order: Order): Promise<Issue> {
  const subject: Name = [
    ["C", "JP"],
    ["CN", opaqueName()],
  ];
  const extensions = authExtensions(Buffer.from(order.generation.keyId, "hex"));
  return issue(order, { subject, extensions });
}

async function issue(
  { generation, entry, privateKey, now, cardValidUntil, years = 5 }: Order,
  more: Pick<IssuedCertificate, "place"> & {
    subject: Name;
    extensions: ReturnType<typeof authExtensions>;
  } & Pick<SignDeviation, "notBefore" | "notAfter" | "issuer">,
): Promise<Issue> {
  const { kind, keyId } = generation;
  const lastBirthday = birthdayAfter(entry.dateOfBirth, now, years);
  const notAfter = more.notAfter ?? (lastBirthday < cardValidUntil ? lastBirthday : cardValidUntil);
  const { der, serial } = await signCertificate(
    more.issuer ?? { name: authorityName(kind), privateKey: generation.privateKey },
    {
      subject: more.subject,
      privateKey,
      notBefore: more.notBefore ?? now,
      notAfter,
      extensions: more.extensions,
    },
  );
  const base64 = der.toString("base64");
  return {
    certificate: {
      kind,
      issuerKeyId: keyId,
      serial,
      place: more.place,
      notAfter: notAfter.toISOString(),
      der: base64,
    },
    slot: { privateKey, certificate: base64, authority: generation.certificate },
  };
}
