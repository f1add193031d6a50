import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import type { CryptoKey, JWK } from "jose";
import type {
  Application,
  Attestation,
  RegisterConsent,
  Sealed,
  SealedApplication,
} from "../../protocol/application.ts";
import { type ChallengeClaims, type NoticeReference, verifyChallenge } from "../../protocol/challenge.ts";
import { decode, encode, sha256, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
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
import { type TapOptions, type TappedCard, tap } from "./card/tap.ts";
import { signWithCard } from "./cms.ts";
import { consentRecords, type Decision } from "./consents.ts";
import { certificateRequest } from "./csr.ts";
import type { DeviceKey } from "./device-key.ts";
import { type Gateway, GatewayUnreachable } from "./gateway.ts";

/** A challenge came that this CA's pinned key did not sign, or that is not for what was asked. Nothing was tapped. */
export class UntrustedChallenge extends Error {
  override name = "UntrustedChallenge";
}

export interface BeginOptions {
  gateway: Gateway;
  /** The CA's service key, pinned in the app. */
  serviceKey: JWK | CryptoKey;
  party: string;
  app: string;
  intent: Intent;
  deviceKey: DeviceKey;
  language: Language;
}

/** A challenge that was verified, and what to show before the tap. */
export interface Begun {
  gateway: Gateway;
  deviceKey: DeviceKey;
  /** The challenge, a JWS, and what it says. */
  challenge: string;
  claims: ChallengeClaims;
  /** The notices in the person's language, with their texts. Show each on a screen of its own. */
  notices: { notice: NoticeReference; text: string }[];
  ecdhKeyPair: SealingKeyPair;
}

/** How far a phone's clock may be off. */
const clockToleranceSeconds = 300;

/** First round trip: asks for a challenge and verifies it. Show the party's name in `claims.party.name`, not your own. */
export async function begin(options: BeginOptions): Promise<Begun> {
  const { gateway, deviceKey, party, app, intent } = options;
  const ecdh = await makeSealingKey();
  const asked = { party, app, intent, spkiSha256: await sha256(deviceKey.spki), ecdhKey: encode(ecdh.point) };
  const { challenge } = await gateway.challenge(asked);
  const verdict = await verifyChallenge(challenge, options.serviceKey, {
    now: new Date(),
    clockToleranceSeconds,
  });
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
  begun: Begun;
  envelope: { challenge: string; sealed: Sealed };
  applicationSha256: string;
}

/** The tap: one activation of the card, one VERIFY, one or two signatures; then everything is sealed to the CA. */
export async function signInOneTap(begun: Begun, answers: TapAnswers): Promise<Tapped> {
  const { claims, challenge, deviceKey } = begun;
  const consents = await consentRecords(answers.decisions);
  const request = { nonce: claims.jti, spkiSha256: claims.spkiSha256, app: claims.app };
  const attestation = await deviceKey.attest?.(request);
  const application = await describe(begun, answers, consents.digests, attestation);

  const card = await tap(answers);
  const cms = await signWithCard(card, utf8(JSON.stringify(application)));
  const registerConsent = await signRegisterConsent(card, begun, answers.decisions);

  const message: SealedApplication = {
    application: encode(cms),
    consents: consents.texts,
    ...(registerConsent ? { registerConsent: encode(registerConsent) } : {}),
    ...(attestation ? { attestation } : {}),
  };
  const sealed = await sealToCa(begun, message, applicationContext(challenge));
  return { begun, envelope: { challenge, sealed }, applicationSha256: await sha256(cms) };
}

async function describe(
  begun: Begun,
  answers: TapAnswers,
  digests: string[],
  attestation: Attestation | undefined,
): Promise<Application> {
  const { claims, challenge } = begun;
  return {
    type: labels.application,
    challenge,
    enrolmentId: claims.enrolmentId,
    party: claims.party.id,
    app: claims.app,
    intent: claims.intent,
    spkiSha256: claims.spkiSha256,
    ecdhKey: claims.ecdhKey,
    consents: digests,
    ...(answers.replaces === undefined ? {} : { replaces: answers.replaces }),
    ...(answers.binding === undefined ? {} : { binding: answers.binding }),
    ...(attestation ? { attestation: await sha256(utf8(attestation.statement)) } : {}),
  };
}

/** The consent towards J-LIS is a signature of its own, made in the same tap. */
async function signRegisterConsent(
  card: TappedCard,
  begun: Begun,
  decisions: Decision[],
): Promise<Uint8Array | undefined> {
  const agreed = decisions.find(
    (decision) => decision.notice.purpose === "register-refresh" && decision.agreed,
  );
  if (!agreed) return undefined;
  const consent: RegisterConsent = {
    type: labels.registerConsent,
    enrolmentId: begun.claims.enrolmentId,
    notice: agreed.notice,
    attributes: agreed.attributes ?? [],
  };
  return signWithCard(card, utf8(JSON.stringify(consent)));
}

/** A code the phone holds, opened with its own key. */
export interface AppliedApplication {
  begun: Begun;
  code: Uint8Array;
}

/** Hands the application over. Safe to call again after {@link GatewayUnreachable} or TRY_AGAIN, without another tap. */
export async function apply({ begun, envelope, applicationSha256 }: Tapped): Promise<AppliedApplication> {
  const { sealedCode } = await begun.gateway.apply(envelope);
  const code = await open(begun.ecdhKeyPair, sealedCode, codeContext(applicationSha256));
  if (!code)
    throw new GatewayUnreachable(
      "The activation code was not sealed to this phone's key for this application.",
    );
  return { begun, code };
}

export interface Enrolled {
  enrolmentId: string;
  /** DER. */
  certificate: Uint8Array<ArrayBuffer>;
  /** DER, issuing CA first, root last. */
  chain: Uint8Array<ArrayBuffer>[];
}

/** Second round trip: the public key arrives under the code. Safe to call again. */
export async function activate({ begun, code }: AppliedApplication): Promise<Enrolled> {
  const message = { code: encode(code), csr: encode(await certificateRequest(begun.deviceKey)) };
  const sealed = await sealToCa(begun, message, activationContext(begun.challenge));
  const answer = await begun.gateway.activate({ challenge: begun.challenge, sealed });
  const certificate = decode(answer.certificate);
  const { subjectPublicKeyInfo } = AsnConvert.parse(certificate, Certificate).tbsCertificate;
  if (encode(new Uint8Array(AsnConvert.serialize(subjectPublicKeyInfo))) !== encode(begun.deviceKey.spki)) {
    throw new GatewayUnreachable("The certificate that came is for another key than this phone's.");
  }
  return { enrolmentId: answer.enrolmentId, certificate, chain: answer.chain.map(decode) };
}

const sealToCa = (begun: Begun, message: object, context: SealingContext): Promise<Sealed> =>
  seal(decode(begun.claims.sealing.publicKey), utf8(JSON.stringify(message)), context);

/** Agrees to the notices named, declines the others: what a screen with check boxes comes to. */
export const decide = (begun: Begun, agreedPurposes: NoticeReference["purpose"][]): Decision[] =>
  begun.notices.map(({ notice }) => ({
    notice,
    agreed: agreedPurposes.includes(notice.purpose),
    ...(notice.purpose === "terms"
      ? {}
      : { attributes: ["name", "address", "dateOfBirth", "sex"] as const satisfies Decision["attributes"] }),
  })) as Decision[];

/** The whole of it, for apps that show everything on one screen. One tap. */
export async function oneTap(
  options: BeginOptions & Omit<TapAnswers, "decisions"> & { agree: NoticeReference["purpose"][] },
): Promise<Enrolled> {
  const begun = await begin(options);
  return activate(
    await apply(await signInOneTap(begun, { ...options, decisions: decide(begun, options.agree) })),
  );
}
