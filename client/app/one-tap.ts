import type { Sealed, SealedApplication } from "../../protocol/application.ts";
import { type ChallengeClaims, type NoticeReference, verifyChallenge } from "../../protocol/challenge.ts";
import { decode, encode, sha256, utf8 } from "../../protocol/encoding.ts";
import type { Intent, Language } from "../../protocol/names.ts";
import {
  activationContext,
  applicationContext,
  codeContext,
  makeSealingKey,
  open,
  type SealingContext,
  type SealingKeyPair,
  seal,
} from "../../protocol/sealing.ts";
import { type TapOptions, tap } from "./card/tap.ts";
import { signWithCard } from "./cms.ts";
import { consentRecords, type Decision, decide, requireTerms } from "./consents.ts";
import { certificateRequest } from "./csr.ts";
import type { DeviceKey } from "./device-key.ts";
import { type Gateway, UntrustedAnswer } from "./gateway.ts";
import { type IssuedCertificate, readIssued } from "./issued-certificate.ts";
import { type PinnedServiceKey, pinnedKeyFor } from "./service-key.ts";
import { applicationContent, registerConsentContent } from "./signed-content.ts";

/** A challenge came that this CA's pinned key did not sign, or that is not for what was asked. Nothing was tapped. */
export class UntrustedChallenge extends UntrustedAnswer {
  override name = "UntrustedChallenge";
}

/** What an enrolment begins with: whose app, for which key, at which CA. */
export interface BeginOptions {
  gateway: Gateway;
  /** The CA's service key or keys, pinned in the app. */
  serviceKey: PinnedServiceKey;
  party: string;
  app: string;
  intent: Intent;
  deviceKey: DeviceKey;
  language: Language;
}

/** What every step of one enrolment needs. */
export interface Session {
  gateway: Gateway;
  deviceKey: DeviceKey;
  /** The challenge, a JWS, and what it says. */
  challenge: string;
  claims: ChallengeClaims;
  /** One-use key to which the activation code will be sealed. */
  ecdhKeyPair: SealingKeyPair;
}

/** A challenge that was verified, and what to show before the tap. */
export interface Begun extends Session {
  /** The notices in the person's language, with their texts. Show each on a screen of its own. */
  notices: { notice: NoticeReference; text: string }[];
}

/** How far a phone's clock may be off. */
const clockToleranceSeconds = 300;

/**
 * First round trip: asks for a challenge and verifies it. Show the party's name in `claims.party.name`, not your own.
 * Throws {@link UntrustedChallenge}, {@link UntrustedAnswer} or what {@link Gateway} throws.
 *
 * @example
 * const begun = await begin({ gateway, serviceKey, party, app, intent: "replace", deviceKey, language: "ja" });
 * for (const { notice, text } of begun.notices) decisions.push({ notice, agreed: await show(text), attributes });
 */
export async function begin(options: BeginOptions): Promise<Begun> {
  const { gateway, deviceKey, party, app, intent } = options;
  const ecdh = await makeSealingKey();
  const asked = { party, app, intent, spkiSha256: await sha256(deviceKey.spki), ecdhKey: encode(ecdh.point) };
  const { challenge } = await gateway.challenge(asked);
  const key = await pinnedKeyFor(challenge, options.serviceKey);
  if (!key)
    throw new UntrustedChallenge("The challenge is signed with a key that is not among the pinned ones.");
  const verdict = await verifyChallenge(challenge, key, { now: new Date(), clockToleranceSeconds });
  if (!verdict.ok)
    throw new UntrustedChallenge(`The challenge does not verify under the pinned key (${verdict.code}).`);
  const { claims } = verdict;
  const same =
    claims.party.id === party &&
    claims.app === app &&
    claims.intent === intent &&
    claims.spkiSha256 === asked.spkiSha256 &&
    claims.ecdhKey === asked.ecdhKey;
  if (!same) throw new UntrustedChallenge("The challenge is for something else than was asked.");
  const shown = claims.notices.filter(({ language }) => language === options.language);
  const notices = await Promise.all(
    shown.map(async (notice) => ({ notice, text: await gateway.notice(notice.sha256) })),
  );
  return { gateway, deviceKey, challenge, claims, notices, ecdhKeyPair: ecdh.keyPair };
}

/** The card, and what the person decided before it was held to the phone. */
export interface TapAnswers extends TapOptions {
  /** What the person decided about the notices shown; the terms must be agreed. */
  decisions: Decision[];
  /** The party's opaque reference to its customer, never a name. */
  binding?: string;
  /** With `replace` and several enrolments at the party: which one this phone replaces. */
  replaces?: string;
}

/** What one tap gave: sealed to the CA, to be sent as often as it takes. */
export interface Tapped {
  begun: Session;
  envelope: { challenge: string; sealed: Sealed };
  /** SHA-256 of the application's CMS: what identifies it. */
  applicationSha256: string;
}

/**
 * The tap: one activation of the card, one VERIFY, one or two signatures; then everything is sealed to the CA. What
 * can be wrong without the card is found before it: the terms ({@link TermsNotAgreed}), shapes (ZodError), the PIN's
 * format. Throws CardError for what the card says.
 *
 * The PIN is kept nowhere here; but a string cannot be wiped, so forget your own copy and let the engine collect it.
 *
 * @example
 * const tapped = await signInOneTap(begun, { transmit, pin, onFewTries, decisions });
 * await store(suspend(tapped)); // from here no second tap is needed, whatever breaks
 * const enrolled = await activate(await apply(tapped));
 */
export async function signInOneTap(begun: Session, answers: TapAnswers): Promise<Tapped> {
  const { claims, challenge, deviceKey } = begun;
  const { decisions, binding, replaces } = answers;
  requireTerms(decisions);
  const consents = await consentRecords(decisions);
  const request = { nonce: claims.jti, spkiSha256: claims.spkiSha256, app: claims.app };
  const attestation = await deviceKey.attest?.(request);
  const parts = { challenge, claims, consents: consents.digests, attestation, binding, replaces };
  const application = await applicationContent(parts);
  const consentToJlis = registerConsentContent(claims, decisions);

  const card = await tap(answers);
  const cms = await signWithCard(card, application);
  const registerConsent = consentToJlis && (await signWithCard(card, consentToJlis));

  const message: SealedApplication = {
    application: encode(cms),
    consents: consents.texts,
    ...(registerConsent ? { registerConsent: encode(registerConsent) } : {}),
    ...(attestation ? { attestation } : {}),
  };
  const sealed = await sealToCa(begun, message, applicationContext(challenge));
  return { begun, envelope: { challenge, sealed }, applicationSha256: await sha256(cms) };
}

/** The activation code (利用者識別符号), opened with the phone's own key. Keep it in memory alone, until activated. */
export interface AppliedApplication {
  begun: Session;
  code: Uint8Array;
  applicationSha256: string;
}

/**
 * Hands the application over. Safe to call again after {@link GatewayUnreachable} or TRY_AGAIN, without another tap:
 * the same bytes are sent, and the CA gives the answer it stored.
 */
export async function apply({ begun, envelope, applicationSha256 }: Tapped): Promise<AppliedApplication> {
  const { enrolmentId, sealedCode } = await begun.gateway.apply(envelope);
  const code = await open(begun.ecdhKeyPair, sealedCode, codeContext(applicationSha256));
  if (!code || enrolmentId !== begun.claims.enrolmentId)
    throw new UntrustedAnswer("The activation code was not sealed to this phone's key for this application.");
  return { begun, code, applicationSha256 };
}

/** An enrolment with its certificate: keep it, with the device key, for all that the phone signs later. */
export interface Enrolled extends IssuedCertificate {
  enrolmentId: string;
  applicationSha256: string;
}

/** Second round trip: the public key arrives under the code. Safe to call again: one code and key, one certificate. */
export async function activate({ begun, code, applicationSha256 }: AppliedApplication): Promise<Enrolled> {
  const { challenge, claims, deviceKey, gateway } = begun;
  const message = { code: encode(code), csr: encode(await certificateRequest(deviceKey)) };
  const sealed = await sealToCa(begun, message, activationContext(challenge));
  const answer = await gateway.activate({ challenge, sealed });
  const { enrolmentId } = answer;
  if (enrolmentId !== claims.enrolmentId)
    throw new UntrustedAnswer("The certificate that came is of another enrolment.");
  return { enrolmentId, applicationSha256, ...readIssued(answer, deviceKey.spki) };
}

const sealToCa = ({ claims }: Session, message: object, context: SealingContext): Promise<Sealed> =>
  seal(decode(claims.sealing.publicKey), utf8(JSON.stringify(message)), context);

export type OneTapOptions = BeginOptions &
  Omit<TapAnswers, "decisions"> & {
    /** What the person agreed to, about all four attributes; the rest of what was shown is declined. */
    agree: NoticeReference["purpose"][];
  };

/**
 * The whole of it, for apps that show everything on one screen. One tap. Throws what the steps throw.
 *
 * @example
 * const enrolled = await oneTap({
 *   gateway: new Gateway("https://ca.example"),
 *   serviceKey: pinnedKeys, // shipped in the app
 *   ...{ party: "abc-bank", app: "abc-bank-app", intent: "enrol", language: "ja" },
 *   deviceKey: await makeWebCryptoDeviceKey(),
 *   ...{ transmit, pin, onFewTries: askThePerson, agree: ["terms", "register-refresh"] },
 * });
 */
export async function oneTap(options: OneTapOptions): Promise<Enrolled> {
  const begun = await begin(options);
  const decisions = decide(
    begun.notices.map(({ notice }) => notice),
    options.agree,
  );
  return activate(await apply(await signInOneTap(begun, { ...options, decisions })));
}
