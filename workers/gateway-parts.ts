import type { Logger } from "pino";
import { makeCardReader } from "../activities/card-verification/check-card.ts";
import { assertPublicEndpoint, longestPushUrl } from "../activities/delivery/outbound.ts";
import { makeSigner } from "../activities/delivery/security-event-token.ts";
import type { Engine } from "../client/engine/engine.ts";
import type { EndpointRule } from "../gateway/endpoints.ts";
import type { GatewayParts } from "../gateway/gateway.ts";
import type { PersonPageSettings } from "../gateway/person-page/deps.ts";
import { cardReference } from "../registry/recognition/persons.ts";
import { authorityDirectory } from "./authorities.ts";
import type { Configuration } from "./configuration.ts";
import { consoleParts } from "./console-parts.ts";
import { connectJlis } from "./counted-jlis.ts";
import { makeGatewayPushes } from "./gateway-pushes.ts";
import { issuedChains } from "./issued-chains.ts";
import { readOperators } from "./operators.ts";
import { allowedInward, fetchOutside, outboundOf } from "./outbound.ts";
import type { Parts } from "./parts.ts";
import { publishedGenerations } from "./published-generations.ts";
import { statusUrls } from "./status-urls.ts";
import { timeStampAuthority } from "./time-stamp-authority.ts";
import type { TokenKeys } from "./token-keys.ts";

/** Builds the dependencies of each group of the gateway's routes. */
export async function gatewayParts(
  configuration: Configuration,
  { parts, engine, tokenKeys, log }: { parts: Parts; engine: Engine; tokenKeys: TokenKeys; log: Logger },
): Promise<GatewayParts> {
  const { keys, deliveryKeys, pool, sealer, clock } = parts;
  const { KAZASU_SETTING: setting, KAZASU_CARD_QUESTIONS_PER_HOUR: cardQuestionsPerHour } = configuration;
  const { KAZASU_CARDS_URL: cards, KAZASU_ATTESTER_URL: attester } = configuration;
  const { KAZASU_RATE_LIMIT: rateLimit } = configuration;
  const publicUrl = publicUrlOf(configuration);
  const pageUrl = pageUrlOf(configuration);
  const jlis = connectJlis(configuration, { ...parts, log });
  const readCard = makeCardReader({ ...parts, jlis, recognitionKey: keys.recognition });
  const { pushLogin, pushConsents } = makeGatewayPushes(configuration, parts, log);
  // A secret shared by all gateways.
  const secret = keys.activation;
  const endpoints = endpointRule(configuration);
  return {
    base: {
      pool,
      sealer,
      clock,
      issuer: configuration.KAZASU_ISSUER,
      publicUrl,
      answerMs: configuration.KAZASU_ANSWER_SECONDS * 1_000,
    },
    door: {
      rateLimit,
      enrolmentRateLimit: configuration.KAZASU_RATE_LIMIT_ENROLMENT ?? rateLimit,
      partyRateLimit: configuration.KAZASU_RATE_LIMIT_PARTY ?? 10 * rateLimit,
      trustedProxies: configuration.KAZASU_TRUSTED_PROXIES,
    },
    about: {
      setting,
      serviceKey: keys.service,
      vapidPublicKey: deliveryKeys.vapid.publicKey,
      pageUrl,
      urls: statusUrls(configuration),
      simulators: cards && attester ? { cards, attester } : undefined,
    },
    issuance: {
      issuance: engine.issuance,
      rules: parts.rules,
      serviceKey: keys.service,
      sealingKey: keys.sealing,
      activationKey: keys.activation,
      challengeSeconds: configuration.KAZASU_CHALLENGE_SECONDS,
      cardReference: (card) => cardReference(keys.recognition, card),
      cardQuestionsPerHour,
      chainOf: issuedChains(authorityDirectory(configuration)),
    },
    phones: {
      consent: engine.consent,
      notification: engine.notification,
      certificate: engine.certificate,
      pushConsents,
      ...endpoints,
    },
    operators: {
      consent: engine.consent,
      notification: engine.notification,
      certificate: engine.certificate,
      operatorRule: await readOperators(configuration),
      console: await consoleParts(configuration, clock),
      secret,
    },
    page: pageUrl === undefined ? undefined : { pageUrl, readCard, cardQuestionsPerHour, secret },
    logins: {
      tokenKeys: tokenKeys.keys.openid,
      oidcKeys: tokenKeys.keys.oidc,
      readCard,
      cardQuestionsPerHour,
      pushLogin,
      secret,
      fetchOutside: fetchOutside(outboundOf(configuration)),
      appLinkUrl: configuration.KAZASU_APP_LINK_URL,
    },
    parties: {
      tokenKeys: tokenKeys.keys.openid,
      eventKeys: Object.values(deliveryKeys.events).map(({ publicJwk }) => publicJwk),
      signSet: makeSigner(deliveryKeys.events, publicUrl, clock).signSet,
      notification: engine.notification,
      timeStampAuthority: await timeStampAuthority(configuration),
      authority: {
        generations: () => publishedGenerations(authorityDirectory(configuration), statusUrls(configuration)),
        ocsp: configuration.KAZASU_OCSP_URL,
      },
      ...endpoints,
    },
  };
}

/** The settings of the person page; `undefined` without one. */
export function personPageSettings(configuration: Configuration): PersonPageSettings | undefined {
  const pageUrl = pageUrlOf(configuration);
  if (pageUrl === undefined) return undefined;
  return {
    pageUrl,
    publicUrl: publicUrlOf(configuration),
    setting: configuration.KAZASU_SETTING,
    answerMs: configuration.KAZASU_ANSWER_SECONDS * 1_000,
    rateLimit: configuration.KAZASU_RATE_LIMIT,
    trustedProxies: configuration.KAZASU_TRUSTED_PROXIES,
  };
}

const endpointRule = (configuration: Configuration): EndpointRule => ({
  assertEndpoint(url) {
    // A stream's own schema has a lower limit.
    assertPublicEndpoint(url, allowedInward(configuration), { longest: longestPushUrl });
  },
});

const publicUrlOf = ({ KAZASU_PUBLIC_URL }: Configuration): string => KAZASU_PUBLIC_URL.replace(/\/+$/, "");
const pageUrlOf = ({ KAZASU_PAGE_URL }: Configuration): string | undefined =>
  KAZASU_PAGE_URL?.replace(/\/+$/, "");
