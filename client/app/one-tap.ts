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

/** The challenge is not signed by this CA's pinned key, or not for this request. The card was not used. */
export class UntrustedChallenge extends UntrustedAnswer {
  override name = "UntrustedChallenge";
}

/** The start of an enrolment: the app, the key and the CA. */
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

/** The state of one enrolment, needed by every step. */
export interface Session {
  gateway: Gateway;
  deviceKey: DeviceKey;
  /** The challenge, a JWS, and its claims. */
  challenge: string;
  claims: ChallengeClaims;
  /** One-use key to which the activation code will be sealed. */
  ecdhKeyPair: SealingKeyPair;
}

/** A verified challenge, and what to show before the tap. */
export interface Begun extends Session {
  /** The notices in the person's language, with their texts. Show each on its own screen. */
  notices: { notice: NoticeReference; text: string }[];
}

/** Tolerance for a phone's clock. */
const clockToleranceSeconds = 300;

/**
 * First round trip: requests a challenge and verifies it. Show the party's name in `claims.party.name`, not your own. Throws
 * {@link UntrustedChallenge}, {@link UntrustedAnswer} or what {@link Gateway} throws.
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
  if (!key) throw new UntrustedChallenge("The challenge is not signed with a pinned key.");
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
  if (!same) throw new UntrustedChallenge("The challenge does not match the request.");
  const shown = claims.notices.filter(({ language }) => language === options.language);
  const notices = await Promise.all(
    shown.map(async (notice) => ({ notice, text: await gateway.notice(notice.sha256) })),
  );
  return { gateway, deviceKey, challenge, claims, notices, ecdhKeyPair: ecdh.keyPair };
}

/** The card, and the person's decisions before the tap. */
export interface TapAnswers extends TapOptions {
  /** The person's decisions on the notices; the terms must be agreed to. */
  decisions: Decision[];
  /** The party's opaque reference to its customer, never a name. */
  binding?: string;
  /** Only with `replace` and several enrolments at the party: the one that this phone replaces. */
  replaces?: string;
}

/** The result of one tap: sealed to the CA, and sendable repeatedly. */
export interface Tapped {
  begun: Session;
  envelope: { challenge: string; sealed: Sealed };
  /** SHA-256 of the application's CMS: identifies it. */
  applicationSha256: string;
}

/**
 * The tap: one activation of the card, one VERIFY, one or two signatures; then everything is sealed to the CA. Errors that need
 * no card are found first: the terms ({@link TermsNotAgreed}), schemas (ZodError), the PIN's format. Throws CardError for
 * errors of the card.
 *
 * The PIN is not stored here; but a string cannot be wiped, so drop your own copy too.
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

/** The activation code (利用者識別符号), decrypted with the phone's own key. Keep it in memory only, until it is activated. */
export interface AppliedApplication {
  begun: Session;
  code: Uint8Array;
  applicationSha256: string;
}

/**
 * Sends the application. Safe to repeat after {@link GatewayUnreachable} or TRY_AGAIN, without another tap: the same bytes are
 * sent, and the CA returns its stored answer.
 */
export async function apply({ begun, envelope, applicationSha256 }: Tapped): Promise<AppliedApplication> {
  const { enrolmentId, sealedCode } = await begun.gateway.apply(envelope);
  const code = await open(begun.ecdhKeyPair, sealedCode, codeContext(applicationSha256));
  if (!code || enrolmentId !== begun.claims.enrolmentId)
    throw new UntrustedAnswer("The activation code was not sealed to this phone's key for this application.");
  return { begun, code, applicationSha256 };
}

/** An enrolment with its certificate: store it with the device key for later signatures. */
export interface Enrolled extends IssuedCertificate {
  enrolmentId: string;
  applicationSha256: string;
}

/** Second round trip: sends the public key with the code. Safe to repeat: one code and key, one certificate. */
export async function activate({ begun, code, applicationSha256 }: AppliedApplication): Promise<Enrolled> {
  const { challenge, claims, deviceKey, gateway } = begun;
  const message = { code: encode(code), csr: encode(await certificateRequest(deviceKey)) };
  const sealed = await sealToCa(begun, message, activationContext(challenge));
  const answer = await gateway.activate({ challenge, sealed });
  const { enrolmentId } = answer;
  if (enrolmentId !== claims.enrolmentId)
    throw new UntrustedAnswer("The issued certificate is of another enrolment.");
  return { enrolmentId, applicationSha256, ...readIssued(answer, deviceKey.spki) };
}

const sealToCa = ({ claims }: Session, message: object, context: SealingContext): Promise<Sealed> =>
  seal(decode(claims.sealing.publicKey), utf8(JSON.stringify(message)), context);

export type OneTapOptions = BeginOptions &
  Omit<TapAnswers, "decisions"> & {
    /** What the person agreed to, for all four attributes; other notices are declined. */
    agree: NoticeReference["purpose"][];
  };

/**
 * All steps at once, for apps that show everything on one screen. One tap. Throws what the steps throw.
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
