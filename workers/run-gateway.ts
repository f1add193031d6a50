import type { Logger } from "pino";
import { makeCardReader } from "../activities/card-verification/check-card.ts";
import { assertPublicEndpoint, longestPushUrl } from "../activities/delivery/outbound.ts";
import { makeSigner } from "../activities/delivery/security-event-token.ts";
import { buildPersonPage } from "../gateway/person-page/server.ts";
import { buildGateway } from "../gateway/server.ts";
import { cardReference } from "../registry/attribute-record/persons.ts";
import { authorityDirectory } from "./authorities.ts";
import type { Configuration } from "./configuration.ts";
import { consoleParts } from "./console-parts.ts";
import { connectJlis } from "./counted-jlis.ts";
import { connectEngine } from "./engine.ts";
import { makeGatewayPushes } from "./gateway-pushes.ts";
import { issuedChains } from "./issued-chains.ts";
import { readOperators } from "./operators.ts";
import { allowedInward, fetchOutside, outboundOf } from "./outbound.ts";
import { announceSetting, makeParts } from "./parts.ts";
import { statusUrls } from "./status-urls.ts";
import { timeStampAuthority } from "./time-stamp-authority.ts";
import { openTokenKeys } from "./token-keys.ts";

export interface RunningGateway {
  url: string;
  close(): Promise<void>;
}

/** Runs the gateway until it is closed. */
export async function runGateway(configuration: Configuration, log: Logger): Promise<RunningGateway> {
  announceSetting(configuration, log);
  const parts = await makeParts(configuration, log);
  const engine = await connectEngine(configuration, parts.keys);
  const { deliveryKeys } = parts;
  const tokenKeys = await openTokenKeys(configuration, parts.keys.passphrase);
  const publicUrl = configuration.KAZASU_PUBLIC_URL.replace(/\/+$/, "");
  const { signSet } = makeSigner(deliveryKeys.events, publicUrl, parts.clock);
  const { KAZASU_CARDS_URL: cards, KAZASU_ATTESTER_URL: attester } = configuration;
  const pageUrl = configuration.KAZASU_PAGE_URL?.replace(/\/+$/, "");
  const readCard = makeCardReader({
    ...parts,
    jlis: connectJlis(configuration, { ...parts, log }),
    recognitionKey: parts.keys.recognition,
  });
  const server = await buildGateway(
    {
      pool: parts.pool,
      sealer: parts.sealer,
      issuance: engine.issuance,
      consent: engine.consent,
      notification: engine.notification,
      certificate: engine.certificate,
      operatorRule: await readOperators(configuration),
      console: await consoleParts(configuration, parts.clock),
      rules: parts.rules,
      serviceKey: parts.keys.service,
      sealingKey: parts.keys.sealing,
      activationKey: parts.keys.activation,
      tokenKeys: tokenKeys.keys,
      eventKeys: Object.values(deliveryKeys.events).map(({ publicJwk }) => publicJwk),
      signSet,
      assertEndpoint: (url) => {
        // A stream's own form holds it to less.
        assertPublicEndpoint(url, allowedInward(configuration), { longest: longestPushUrl });
      },
      ...makeGatewayPushes(configuration, parts, log),
      fetchOutside: fetchOutside(outboundOf(configuration)),
      readCard,
      cardReference: (card) => cardReference(parts.keys.recognition, card),
      timeStampAuthority: await timeStampAuthority(configuration),
      chainOf: issuedChains(authorityDirectory(configuration)),
      clock: parts.clock,
      settings: {
        issuer: configuration.KAZASU_ISSUER,
        setting: configuration.KAZASU_SETTING,
        challengeSeconds: configuration.KAZASU_CHALLENGE_SECONDS,
        answerMs: configuration.KAZASU_ANSWER_SECONDS * 1_000,
        rateLimit: configuration.KAZASU_RATE_LIMIT,
        cardQuestionsPerHour: configuration.KAZASU_CARD_QUESTIONS_PER_HOUR,
        enrolmentRateLimit: configuration.KAZASU_RATE_LIMIT_ENROLMENT ?? configuration.KAZASU_RATE_LIMIT,
        partyRateLimit: configuration.KAZASU_RATE_LIMIT_PARTY ?? 10 * configuration.KAZASU_RATE_LIMIT,
        trustedProxies: configuration.KAZASU_TRUSTED_PROXIES,
        urls: statusUrls(configuration),
        publicUrl,
        vapidPublicKey: deliveryKeys.vapid.publicKey,
        ...(pageUrl === undefined ? {} : { pageUrl }),
        ...(cards && attester ? { simulators: { cards, attester } } : {}),
      },
    },
    log,
  );
  const page =
    pageUrl === undefined
      ? undefined
      : await buildPersonPage(
          {
            ...parts,
            consent: engine.consent,
            certificate: engine.certificate,
            settings: {
              pageUrl,
              publicUrl,
              setting: configuration.KAZASU_SETTING,
              answerMs: configuration.KAZASU_ANSWER_SECONDS * 1_000,
              rateLimit: configuration.KAZASU_RATE_LIMIT,
              trustedProxies: configuration.KAZASU_TRUSTED_PROXIES,
            },
          },
          log,
        );
  const host = configuration.KAZASU_HOST;
  const url = await server.listen({ host, port: configuration.KAZASU_GATEWAY_PORT });
  await page?.listen({ host, port: configuration.KAZASU_PAGE_PORT });
  return {
    url,
    async close() {
      await Promise.all([server.close(), page?.close()]);
      await Promise.all([engine.close(), parts.close(), tokenKeys.close()]);
    },
  };
}
