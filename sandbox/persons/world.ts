import type { Logger } from "pino";
import { Gateway } from "../../client/app/gateway.ts";
import { Engine } from "../../client/engine/engine.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import { Happenings } from "../control/happenings.ts";
import { Bank } from "../demo/bank.ts";
import { SimulatorFailed } from "../devices/simulated-card.ts";
import type { Stack } from "../embedded/stack.ts";
import type { Surroundings } from "./phone.ts";

export type Addresses = Pick<
  Stack,
  | "gateway"
  | "jlis"
  | "attester"
  | "pushService"
  | "bank"
  | "temporal"
  | "namespace"
  | "postgres"
  | "console"
  | "personPage"
>;

/** Everything except the persons and their phones. */
export interface World extends Surroundings {
  addresses: Addresses;
  log: Logger;
  bank: Bank;
  /** Makes J-LIS publish its lists now, and the CA read them, as both do daily. */
  readonly publishRevocations: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Connects to a running stack.
 * @param keys folder of the stack's service keys: the daily run is started as an operator does
 * @throws Error in one sentence if the gateway is not in the test setting
 */
export async function openWorld(addresses: Addresses, keys: string, log: Logger): Promise<World> {
  const gateway = new Gateway(addresses.gateway);
  const ca = await gateway.configuration();
  if (ca.setting !== "test")
    throw new Error("A sandbox requires the test setting; this gateway is not in it.");
  const { codec } = await ensureServiceKeys(keys);
  const { temporal: address, namespace, attester, pushService, jlis } = addresses;
  const engine = await Engine.connect({ address, namespace, codecKeys: codec });
  return {
    addresses,
    log,
    happenings: new Happenings(),
    gateway,
    ca,
    attester,
    pushService,
    bank: new Bank(addresses.bank),
    async publishRevocations() {
      const published = await fetch(`${jlis}/control/crl`, { method: "POST" });
      if (!published.ok) throw new SimulatorFailed(`J-LIS answered HTTP ${published.status}.`);
      await engine.changeDetection.runNow();
    },
    close: () => engine.close(),
  };
}
