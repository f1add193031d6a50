import * as z from "zod";
import { base64urlAtMost, digest, p256Point } from "./encoding.ts";
import { labels } from "./labels.ts";
import { attributeName, bilingual, enrolmentId, registeredName } from "./names.ts";
import { phoneMessageClaims } from "./phone-message.ts";

/** How sure a party may be of who logged in (OpenID Connect Core §2, `acr`): by the phone's key, or by the card too. */
export const acrValues = { device: "urn:kazasu:acr:device", card: "urn:kazasu:acr:card" } as const;
export type Assurance = keyof typeof acrValues;

/**
 * How the phone came to a login: a link opened on the device where the browser is, a code read off another screen, or
 * a push that the party's server asked for (CIBA).
 */
export const loginVia = z.enum(["link", "qr", "push"]);
export type LoginVia = z.infer<typeof loginVia>;

/** Where a login is opened from: what the code shows and the link names. The app reads id and way from it. */
export const loginLink = (publicUrl: string, loginId: string, via: LoginVia): string =>
  `${publicUrl}/login/${loginId}?via=${via}`;

/** The login that a link or a code names; `undefined` where it is none of this gateway's. */
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

/** Asks what a login is about. */
export const loginQuestion = z.strictObject({
  type: z.literal(labels.loginQuestion),
  ...phoneMessageClaims,
  loginId: z.uuid(),
  via: loginVia,
  /** One-use key the answer is sealed to. */
  ecdhKey: p256Point,
});

/** What a person decides by, as the phone shows it; the JSON text of this is `shown`. */
export const shownLogin = z.strictObject({
  loginId: z.uuid(),
  /** The registered name of the party that asks, whatever the page around the code says. */
  party: z.strictObject({ id: registeredName, name: bilingual }),
  acr: z.enum(["device", "card"]),
  /** Attributes the party will read of a person whose consent is in force. */
  reads: z.array(attributeName).max(4),
  /** What the party shows on its own screen beside it (CIBA Core §7.1, `binding_message`). */
  message: z.string().max(100).optional(),
  /** The JSON text that is signed with this login, where there is one (docs/reference/transactions.md). */
  transaction: z.string().max(16_384).optional(),
});
export type ShownLogin = z.infer<typeof shownLogin>;

/** The plain text of the sealed answer. */
export const openedLogin = z.strictObject({
  loginId: z.uuid(),
  /** The JSON text of a {@link shownLogin}: show what it says; the answer signs the digest of this very text. */
  shown: z.string().max(32_768),
  /** With `qr` and `push`: one of these stands on the other screen, and the person says which. */
  numbers: z.array(z.number().int().min(10).max(99)).length(3).optional(),
  /** Whether the card has to sign, too: a {@link cardLogin}. */
  card: z.boolean(),
  expiresAt: z.iso.datetime(),
});
export type OpenedLogin = z.infer<typeof openedLogin>;

/** What the card signs where a login asks for it: CMS SignedData with the JSON text of this inside. */
export const cardLogin = z.strictObject({
  type: z.literal(labels.cardLogin),
  loginId: z.uuid(),
  enrolmentId,
  shownSha256: digest,
});
export type CardLogin = z.infer<typeof cardLogin>;

/** The person's decision: the device key's signature over what was shown, and over what goes with it. */
export const loginAnswer = z.strictObject({
  type: z.literal(labels.loginAnswer),
  ...phoneMessageClaims,
  loginId: z.uuid(),
  via: loginVia,
  decision: z.enum(["approve", "decline"]),
  /** SHA-256 of the UTF-8 text of `shown`. */
  shownSha256: digest,
  /** With `qr` and `push`: the number on the other screen. */
  number: z.number().int().min(10).max(99).optional(),
  /** SHA-256 of the CMS beside the message: the card's, and the signed transaction's. */
  cardSha256: digest.optional(),
  transactionSha256: digest.optional(),
});
export type LoginAnswer = z.infer<typeof loginAnswer>;

/** Body of `POST /v1/logins/answers`: a phone's message and the signatures it names. */
export const loginAnswerBody = z.strictObject({
  message: z.string().max(16_384),
  card: base64urlAtMost(16_384).optional(),
  transaction: base64urlAtMost(49_152).optional(),
});
export type LoginAnswerBody = z.infer<typeof loginAnswerBody>;

export const loginAnswered = z.strictObject({
  loginId: z.uuid(),
  state: z.enum(["approved", "declined"]),
  /** With `link`: the address to open in the browser the person came from; it works in no other. */
  returnTo: z.url().max(1_024).optional(),
});
export type LoginAnswered = z.infer<typeof loginAnswered>;
