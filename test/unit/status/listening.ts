import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import pino from "pino";
import type { Authorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { type StatusListeners, startStatusListeners } from "../../../status/status-listeners.ts";
import { scratchDirectory } from "../ca/openssl.ts";
import { twoGenerations } from "./generations.ts";
import { MemoryRegistry } from "./memory-registry.ts";

/** The status listeners of a CA with two generations, on a registry in memory. */

type Options = Partial<Parameters<typeof startStatusListeners>[0]>;

export const crlBase = "http://crl.example";
export const log = pino({ level: "silent" });
export const clock = { now: new Date() };
export let scratch: ReturnType<typeof scratchDirectory>;
export let authorities: Authorities;
export let old: Authority;
export let active: Authority;
export let registry: MemoryRegistry;
export let listeners: StatusListeners;
let options: Options;

/**
 * For the tests of one file: listeners and a registry for each.
 * @param fill what the registry holds before they start
 */
export function startListenersForEachTest(more: Options = {}, fill: () => void = () => {}): void {
  options = more;
  beforeAll(async () => {
    scratch = scratchDirectory();
    ({ authorities, old, active } = await twoGenerations(join(scratch.path, "ca")));
  });
  afterAll(() => scratch.remove());
  beforeEach(async () => {
    clock.now = new Date();
    registry = new MemoryRegistry();
    fill();
    listeners = await start();
  });
  afterEach(() => listeners.close());
}

/** More listeners on the same registry, which the caller closes. */
export const start = (more: Options = {}): Promise<StatusListeners> =>
  startStatusListeners({
    authorities: () => authorities,
    registry,
    host: "127.0.0.1",
    crlPort: 0,
    ocspPort: 0,
    crlBase,
    log,
    clock: () => clock.now,
    ...options,
    ...more,
  });

export async function restart(more: Options = {}): Promise<void> {
  await listeners.close();
  listeners = await start(more);
}

/** The listeners serve these generations from now on; returns the earlier ones. */
export function serve(next: Authorities): Authorities {
  const before = authorities;
  authorities = next;
  return before;
}
