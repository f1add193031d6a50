import * as z from "zod";
import { base64urlAtMost, digest, p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { attributeName, bilingual, enrolmentId, registeredName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/** The assurance of a login (OpenID Connect Core §2, `acr`): by the phone's key, or also by the card. */
export const acrValues = { device: "urn:kazasu:acr:device", card: "urn:kazasu:acr:card" } as const;
export type Assurance = keyof typeof acrValues;

/**
 * How the phone reached a login: a link opened on the browser's device, a code scanned from another screen, or a push requested
 * by the party's server (CIBA).
 */
export const loginVia = z.enum(["link", "qr", "push"]);
export type LoginVia = z.infer<typeof loginVia>;

/** The address in the link and the code of a login. The app reads the id and `via` from it. */
export const loginLink = (publicUrl: string, loginId: string, via: LoginVia): string =>
  `${publicUrl}/login/${loginId}?via=${via}`;

/** The login of a link or a code; `undefined` if it is not of this gateway. */
export function readLoginLink(
  link: string,
  publicUrl: string,
): { loginId: string; via: LoginVia } | undefined {
  if (!URL.canParse(link)) return undefined;
  const { origin, pathname, searchParams } = new URL(link);
  const via = loginVia.safeParse(searchParams.get("via"));
  const loginId = z.uuid().safeParse(/\/login\/([^/]+)$/.exec(pathname)?.[1]);
  if (!via.success || !loginId.success || origin !== new URL(publicUrl).origin) return undefined;
  return { loginId: loginId.data, via: via.data };
}

/** Requests the content of a login. */
export const loginQuestion = z.strictObject({
  type: z.literal(labels.loginQuestion),
  ...phoneMessageClaims,
  loginId: z.uuid(),
  via: loginVia,
  /** One-use key to which the answer is sealed. */
  ecdhKey: p256Point,
});

/** What a person decides on, as the phone shows it; the JSON text of this is `shown`. */
export const shownLogin = z.strictObject({
  loginId: z.uuid(),
  /** The registered name of the requesting party, whatever the page with the code claims. */
  party: z.strictObject({ id: registeredName, name: bilingual }),
  acr: z.enum(["device", "card"]),
  /** Attributes that the party will read, from a person with a consent in force. */
  reads: z.array(attributeName).max(4),
  /** What the party shows on its own screen (CIBA Core §7.1, `binding_message`). */
  message: z.string().max(100).optional(),
  /** The JSON text to be signed with this login, if any (docs/reference/transactions.md). */
  transaction: z.string().max(16_384).optional(),
});
export type ShownLogin = z.infer<typeof shownLogin>;

/** The plain text of the sealed answer. */
export const openedLogin = z.strictObject({
  loginId: z.uuid(),
  /** The JSON text of a {@link shownLogin}: show its content; the answer signs the digest of exactly this text. */
  shown: z.string().max(32_768),
  /** Only with `qr` and `push`: one of these is on the other screen, and the person chooses it. */
  numbers: z.array(z.number().int().min(10).max(99)).length(3).optional(),
  /** Whether the card must also sign: a {@link cardLogin}. */
  card: z.boolean(),
  expiresAt: z.iso.datetime(),
});
export type OpenedLogin = z.infer<typeof openedLogin>;

/** What the card signs for a login: CMS SignedData with the JSON text of this inside. */
export const cardLogin = z.strictObject({
  type: z.literal(labels.cardLogin),
  loginId: z.uuid(),
  enrolmentId,
  shownSha256: digest,
});
export type CardLogin = z.infer<typeof cardLogin>;

/** The person's decision: the device key's signature over what was shown, and over the accompanying signatures. */
export const loginAnswer = z.strictObject({
  type: z.literal(labels.loginAnswer),
  ...phoneMessageClaims,
  loginId: z.uuid(),
  via: loginVia,
  decision: z.enum(["approve", "decline"]),
  /** SHA-256 of the UTF-8 text of `shown`. */
  shownSha256: digest,
  /** Only with `qr` and `push`: the number on the other screen. */
  number: z.number().int().min(10).max(99).optional(),
  /** SHA-256 of the CMS sent with the message: the card's, and the signed transaction's. */
  cardSha256: digest.optional(),
  transactionSha256: digest.optional(),
});
export type LoginAnswer = z.infer<typeof loginAnswer>;

/** Body of `POST /v1/logins/answers`: a phone's message and the signatures that it names. */
export const loginAnswerBody = z.strictObject({
  message: z.string().max(16_384),
  card: base64urlAtMost(16_384).optional(),
  transaction: base64urlAtMost(49_152).optional(),
});
export type LoginAnswerBody = z.infer<typeof loginAnswerBody>;

export const loginAnswered = z.strictObject({
  loginId: z.uuid(),
  state: z.enum(["approved", "declined"]),
  /** Only with `link`: the address to open in the browser the person came from; it works in no other. */
  returnTo: z.url().max(1_024).optional(),
});
export type LoginAnswered = z.infer<typeof loginAnswered>;
