import { Operator } from "../client/engine/engine.ts";
import type { Configuration } from "./configuration.ts";
import type { ServiceKeys } from "./keys.ts";

/** The engine's own way to its lifecycles, as the configuration says. */
export const connectOperator = (
  { temporal: { connectionOptions, namespace } }: Configuration,
  keys: ServiceKeys,
): Promise<Operator> =>
  Operator.connect({
    address: connectionOptions.address ?? "",
    connection: connectionOptions,
    namespace,
    codecKeys: keys.codec,
  });
