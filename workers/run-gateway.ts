import type { Logger } from "pino";
import { Operator } from "../client/operator/operator.ts";
import { buildGateway } from "../gateway/server.ts";
import type { Configuration } from "./configuration.ts";
import { announceSetting, makeParts } from "./parts.ts";
import { statusUrls } from "./status-urls.ts";

export interface RunningGateway {
  url: string;
  close(): Promise<void>;
}

/** Runs the gateway until it is closed. */
export async function runGateway(configuration: Configuration, log: Logger): Promise<RunningGateway> {
  announceSetting(configuration, log);
  const parts = await makeParts(configuration, log);
  const { connectionOptions, namespace } = configuration.temporal;
  const operator = await Operator.connect({
    address: connectionOptions.address ?? "",
    connection: connectionOptions,
    namespace,
    codecKeys: parts.keys.codec,
  });
  const { KAZASU_CARDS_URL: cards, KAZASU_ATTESTER_URL: attester } = configuration;
  const server = await buildGateway(
    {
      pool: parts.pool,
      sealer: parts.sealer,
      issuance: operator.issuance,
      rules: parts.rules,
      serviceKey: parts.keys.service,
      sealingKey: parts.keys.sealing,
      activationKey: parts.keys.activation,
      chain: parts.authority.chain,
      clock: parts.clock,
      settings: {
        issuer: configuration.KAZASU_ISSUER,
        setting: configuration.KAZASU_SETTING,
        challengeSeconds: configuration.KAZASU_CHALLENGE_SECONDS,
        answerMs: configuration.KAZASU_ANSWER_SECONDS * 1_000,
        rateLimit: configuration.KAZASU_RATE_LIMIT,
        urls: statusUrls(configuration),
        ...(cards && attester ? { simulators: { cards, attester } } : {}),
      },
    },
    log,
  );
  const url = await server.listen({
    host: configuration.KAZASU_HOST,
    port: configuration.KAZASU_GATEWAY_PORT,
  });
  return {
    url,
    async close() {
      await server.close();
      await Promise.all([operator.close(), parts.pool.end()]);
    },
  };
}
