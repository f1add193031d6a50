import { Engine } from "../client/engine/engine.ts";
import type { Configuration } from "./configuration.ts";
import type { ServiceKeys } from "./keys.ts";

/** The engine's own Temporal client, by the configuration. */
export const connectEngine = (
  { temporal: { connectionOptions, namespace } }: Configuration,
  keys: ServiceKeys,
): Promise<Engine> =>
  Engine.connect({
    address: connectionOptions.address ?? "",
    connection: connectionOptions,
    namespace,
    codecKeys: keys.codec,
  });
