import { join } from "node:path";
import pino from "pino";
import { type Authorities, openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import type { StatusUrls } from "../../../pki/ca/status-urls.ts";
import type { TbsInput } from "../../../pki/ca/tbs.ts";
import { startStatusListeners } from "../../../status/status-listeners.ts";
import { MemoryRegistry } from "../../unit/status/memory-registry.ts";
import { makePhone, type Phone } from "../transactions/signing.ts";
import { type Front, passedTo } from "./front.ts";

/** A CA whose certificates name addresses that answer, with the engine's own status listeners behind them. */
export interface OnlineCa {
  authority: Authority;
  /** The address of the root's CRL. */
  rootCrl: string;
  registry: MemoryRegistry;
  /** A phone with a certificate whose status is good. */
  phone(pseudonym: string, urls?: Partial<StatusUrls>, more?: Partial<TbsInput>): Promise<Phone>;
  /** Starts to answer. `change` is what the root says meanwhile, for instance that the CA is revoked. */
  answer(change?: (authority: Authority) => Authority): Promise<void>;
  close(): Promise<void>;
}

export async function makeOnlineCa(
  front: Front,
  { directory, name, madeAt }: { directory: string; name: string; madeAt: Date },
): Promise<OnlineCa> {
  const [crlBase, ocsp] = [`${front.url}/${name}-crl`, `${front.url}/${name}-ocsp/`];
  const urls: StatusUrls = { crlBase, ocsp, caIssuersBase: crlBase, cps: "https://ca.example/cps" };
  const authorities = await openAuthorities({
    directory: join(directory, name),
    passphrase: "x",
    development: true,
    urls,
    clock: () => madeAt,
  });
  const registry = new MemoryRegistry();
  const endings: (() => Promise<void>)[] = [];
  return {
    authority: authorities.active,
    rootCrl: `${crlBase}/${authorities.active.generation}/root.crl`,
    registry,
    async phone(pseudonym, elsewhere = {}, more = {}) {
      const input = { pseudonym, urls: { ...urls, ...elsewhere }, ...more };
      const phone = await makePhone(authorities.active, madeAt, input);
      registry.issued(phone.serial, { shard: phone.crlShard });
      return phone;
    },
    async answer(change = (same) => same) {
      const active = change(authorities.active);
      const changed: Authorities = { active, all: [active] };
      const listeners = await startStatusListeners({
        authorities: () => changed,
        registry,
        host: "127.0.0.1",
        crlPort: 0,
        ocspPort: 0,
        crlBase,
        log: pino({ level: "silent" }),
      });
      endings.push(() => listeners.close());
      front.give(`${name}-crl`, passedTo(listeners.crl));
      front.give(`${name}-ocsp`, passedTo(listeners.ocsp));
    },
    async close() {
      await Promise.all(endings.map((end) => end()));
    },
  };
}
