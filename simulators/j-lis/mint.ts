import { Certificate } from "pkijs";
import { MyNumberCard } from "../my-number-card/card.ts";
import { type CardMemory, freshMemory, type KeySlot } from "../my-number-card/memory.ts";
import { keyIdentifier, makeGeneration } from "./authority.ts";
import { surfaceOf } from "./card-surface.ts";
import { Certification, cardEnd } from "./certification.ts";
import type { Name } from "./distinguished-names.ts";
import type { SignDeviation } from "./issuing.ts";
import { defaultPins, personaOf } from "./personas.ts";
import { authorityName, policies } from "./profile.ts";
import type { RegisterEntry } from "./register.ts";
import { publicKeyInfo } from "./rsa-keys.ts";
import type { IssuedCertificate } from "./store.ts";

/**
 * The fault in the sign certificate of a minted card:
 *
 * - `good`: none;
 * - `expired`, `not-yet-valid`: its validity;
 * - `key-usage-missing`: no keyUsage; `policy-missing`: no certificatePolicies; `wrong-policy`: the auth policy;
 * - `auth-as-sign`: an auth certificate and key in place of the sign certificate;
 * - `same-name-ca`: issued by a CA of the same name with another key, under its own key id;
 * - `same-name-ca-real-key-id`: the same, claiming the key id of the real one;
 * - `other-name-ca`: issued by a CA of another name;
 * - `issued-by-card`: issued by another person's sign certificate, which is not a CA. EF 0002 has that certificate.
 */
export const variants = [
  "good",
  "expired",
  "not-yet-valid",
  "key-usage-missing",
  "policy-missing",
  "wrong-policy",
  "auth-as-sign",
  "same-name-ca",
  "same-name-ca-real-key-id",
  "other-name-ca",
  "issued-by-card",
] as const;

export type Variant = (typeof variants)[number];

const strangerName: Name = [
  ["C", "JP"],
  ["O", "Somebody Else"],
  ["CN", "Somebody Else's CA"],
];

const day = 24 * 60 * 60 * 1_000;

export interface MintOptions {
  variant: Variant;
  /** The issuing PKI; default: a new one. */
  certification?: Certification | undefined;
  now?: Date | undefined;
  /** The holder: a register entry, or a name that selects a persona. */
  holder?: RegisterEntry | string | undefined;
  signPin?: string | undefined;
  authPin?: string | undefined;
}

/** A card as data, and those of its certificates that the PKI really issued (OCSP reports them good). */
export interface MintedCard {
  memory: CardMemory;
  certificates: IssuedCertificate[];
}

/** Creates a card whose sign certificate has the fault `variant`. Default PINs unless given. */
export async function mintCard(options: MintOptions): Promise<MyNumberCard> {
  return new MyNumberCard((await mint(options)).memory);
}

/** {@link mintCard} with the card as data. */
export async function mint(options: MintOptions): Promise<MintedCard> {
  const now = options.now ?? new Date();
  const certification = options.certification ?? (await Certification.make(now));
  const { holder = "minted" } = options;
  const entry = typeof holder === "string" ? { ...personaOf(holder), alive: true } : holder;
  const auth = await certification.auth(entry, now, cardEnd(entry, now));
  const memoryWith = (sign: KeySlot): CardMemory =>
    freshMemory({
      sign,
      auth: auth.slot,
      signPin: options.signPin ?? defaultPins.signPin,
      authPin: options.authPin ?? defaultPins.authPin,
      surface: surfaceOf(entry, cardEnd(entry, now), defaultPins.assistPin),
    });
  if (options.variant === "auth-as-sign") {
    return { memory: memoryWith(auth.slot), certificates: [auth.certificate] };
  }
  const { slot, certificate } = await mintSign(options.variant, certification, entry, now);
  const certificates = certificate ? [auth.certificate, certificate] : [auth.certificate];
  return { memory: memoryWith(slot), certificates };
}

type SignVariant = Exclude<Variant, "auth-as-sign">;

/** The faulty sign certificate; without `certificate` if the PKI did not issue it. */
async function mintSign(
  variant: SignVariant,
  certification: Certification,
  entry: RegisterEntry,
  now: Date,
): Promise<{ slot: KeySlot; certificate?: IssuedCertificate }> {
  const issue = (deviation: SignDeviation = {}) =>
    certification.sign(entry, now, cardEnd(entry, now), { deviation });
  const fromNow = (days: number) => new Date(now.getTime() + days * day);
  switch (variant) {
    case "good":
      return issue();
    case "expired":
      return issue({ notBefore: fromNow(-2), notAfter: fromNow(-1) });
    case "not-yet-valid":
      return issue({ notBefore: fromNow(1) });
    case "key-usage-missing":
      return issue({ keyUsage: "absent" });
    case "policy-missing":
      return issue({ policy: "absent" });
    case "wrong-policy":
      return issue({ policy: policies.auth });
    case "same-name-ca":
      return foreign(authorityName("sign"));
    case "same-name-ca-real-key-id":
      return foreign(authorityName("sign"), certification.current("sign").keyId);
    case "other-name-ca":
      return foreign(strangerName);
    case "issued-by-card":
      return issuedByCard();
  }

  async function foreign(name: Name, claimedKeyId?: string) {
    const generation = await makeGeneration("sign", now, name);
    const issuerKeyId = Buffer.from(claimedKeyId ?? generation.keyId, "hex");
    const { slot } = await issue({ issuerKeyId, issuer: { name, privateKey: generation.privateKey } });
    return { slot: { ...slot, authority: generation.certificate } };
  }

  async function issuedByCard() {
    const other = (await issue()).slot;
    const der = new Uint8Array(Buffer.from(other.certificate, "base64"));
    const issuerKeyId = keyIdentifier(publicKeyInfo(other.privateKey));
    const { subject } = Certificate.fromBER(der.buffer);
    const { slot } = await issue({ issuerKeyId, issuer: { name: subject, privateKey: other.privateKey } });
    return { slot: { ...slot, authority: other.certificate } };
  }
}
