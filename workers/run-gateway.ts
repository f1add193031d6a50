import type { Logger } from "pino";
import { buildPersonPage } from "../gateway/person-page/server.ts";
import { buildGateway } from "../gateway/server.ts";
import { startInOrder } from "./closings.ts";
import type { Configuration } from "./configuration.ts";
import { connectEngine } from "./engine.ts";
import { gatewayParts, personPageSettings } from "./gateway-parts.ts";
import { announceSetting, makeParts } from "./parts.ts";
import { openTokenKeys } from "./token-keys.ts";

export interface RunningGateway {
  url: string;
  close(): Promise<void>;
}

/** Runs the gateway until it is closed. */
export async function runGateway(configuration: Configuration, log: Logger): Promise<RunningGateway> {
  announceSetting(configuration, log);
  return startInOrder(async (onClose) => {
    const parts = await makeParts(configuration, log);
    onClose(() => parts.close());
    const engine = await connectEngine(configuration, parts.keys);
    onClose(() => engine.close());
    const tokenKeys = await openTokenKeys(configuration, parts.keys.passphrase);
    onClose(() => tokenKeys.close());
    const server = await buildGateway(
      await gatewayParts(configuration, { parts, engine, tokenKeys, log }),
      log,
    );
    onClose(() => server.close());
    const { pool, sealer, clock } = parts;
    const { consent, certificate } = engine;
    const settings = personPageSettings(configuration);
    const page =
      settings && (await buildPersonPage({ pool, sealer, clock, consent, certificate, settings }, log));
    onClose(() => page?.close());
    const host = configuration.KAZASU_HOST;
    const url = await server.listen({ host, port: configuration.KAZASU_GATEWAY_PORT });
    await page?.listen({ host, port: configuration.KAZASU_PAGE_PORT });
    return { url };
  });
}
