import type { CryptoKey, JWK } from "jose";
import type { Pool } from "pg";
import type { CertificateClient } from "../client/engine/certificate.ts";
import type { ConsentClient } from "../client/engine/consent.ts";
import type { IssuanceClient } from "../client/engine/issuance.ts";
import type { NotificationClient } from "../client/engine/notification.ts";
import type { CardProofDeps } from "../domain/login/card-proof.ts";
import type { OperatorRule } from "../domain/operation/approving.ts";
import type { TimeStampAuthority } from "../domain/transaction/time-stamp.ts";
import type { ExaminationRules } from "../pki/application/examine.ts";
import type { SealingKeyPair } from "../protocol/sealing.ts";
import type { SecurityEvent } from "../registry/notification/security-events.ts";
import type { Stream } from "../registry/notification/streams.ts";
import type { Sealer } from "../registry/sealing.ts";
import type { ConsoleParts } from "./console/console.ts";
import type { BackchannelDeps } from "./openid/backchannel.ts";
import type { OpenIdDeps } from "./openid/provider.ts";
import type { TokenKey } from "./openid/signing-key.ts";

/** The key that signs challenges; its public part is pinned in the SDK. */
export interface ServiceKey {
  kid: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** The key that applications and activations are sealed to. */
export interface SealingKey {
  kid: string;
  keyPair: SealingKeyPair;
  /** Uncompressed P-256 point. */
  point: Uint8Array;
}

/** Everything the gateway works with, put together in `workers/`. */
export interface GatewayDeps {
  pool: Pool;
  sealer: Sealer;
  issuance: IssuanceClient;
  consent: ConsentClient;
  notification: NotificationClient;
  certificate: Pick<CertificateClient, "reread" | "startCampaign">;
  /** Who may approve operations; `undefined` where nobody may. */
  operatorRule: OperatorRule | undefined;
  /** The operator console; `undefined` where nobody vouches for operators. */
  console: ConsoleParts | undefined;
  rules: () => Promise<ExaminationRules>;
  serviceKey: ServiceKey;
  sealingKey: SealingKey;
  activationKey: Uint8Array;
  /** The keys that sign parties' access and ID tokens; the first does now. */
  tokenKeys: readonly TokenKey[];
  /** Public keys of Security Event Tokens, and what signs them. */
  eventKeys: readonly JWK[];
  signSet: (event: SecurityEvent, alg: Stream["alg"]) => Promise<string>;
  /** Throws where the engine never sends anything to. */
  assertEndpoint: (url: string) => void;
  /** Pushes that a login waits. */
  pushLogin: BackchannelDeps["pushLogin"];
  /** Pushes that there is something to see of a person's consents, at one party. Nobody waits for it. */
  pushConsents: (of: { personId: string; partyId: string }) => Promise<void>;
  /** How a party's server is pinged. */
  fetchOutside: OpenIdDeps["fetchOutside"];
  /** Where signatures are time-stamped; `undefined` where none is set. */
  timeStampAuthority: TimeStampAuthority | undefined;
  /** Verifies what a card signed, and asks nobody. */
  readCard: CardProofDeps["readCard"];
  /** The keyed hash by which a card is known. */
  cardReference: (card: { issuerKeyId: string; serial: string }) => Buffer;
  /** The certificates of one of the CA's generations, DER, issuing CA first, root last. */
  chainOf: (generation: string) => Promise<readonly Uint8Array[]>;
  clock: () => Date;
  settings: GatewaySettings;
}

export interface GatewaySettings {
  issuer: string;
  setting: "production" | "test";
  /** How long a challenge may be used, seconds. */
  challengeSeconds: number;
  /** How long a phone is kept waiting before it is told to try again, milliseconds. */
  answerMs: number;
  /** Requests a minute from one address. */
  rateLimit: number;
  /** Questions to the cards' issuer for one person in an hour. */
  cardQuestionsPerHour: number;
  /** Requests a minute of one enrolment, for each kind of message, and of one party. */
  enrolmentRateLimit: number;
  partyRateLimit: number;
  /** Addresses and networks of proxies whose word on the client's address is taken. */
  trustedProxies: readonly string[];
  urls: { crlBase: string; ocsp: string };
  /** Where the world reaches the gateway, without a slash at its end. */
  publicUrl: string;
  /** The origin of the CA's own page; `undefined` where there is none. */
  pageUrl?: string;
  /** Key under which our pushes are known (RFC 8292), base64url. */
  vapidPublicKey: string;
  /** Test setting only: where the simulated card reader and attester are. */
  simulators?: { cards: string; attester: string };
}
