import type { FastifyBaseLogger } from "fastify";
import type { Authority } from "../../pki/ca/authority.ts";
import { createCrlListener } from "./crl-listener.ts";
import { createCrlPublisher } from "./crl-publisher.ts";
import { createOcspListener } from "./ocsp-listener.ts";
import type { StatusRegistry } from "./status-registry.ts";

/** RFC 5280 wants a CRL in time, EN 319 411-1 daily at least; a new one is made at half of this. */
const defaultCrlValiditySeconds = 86_400;
/** How often the CRL is looked after when nobody asks for it. */
const crlCheckMs = 30_000;

export interface StatusListenerOptions {
  authority: Authority;
  registry: StatusRegistry;
  host: string;
  /** 0 takes any free port. */
  crlPort: number;
  ocspPort: number;
  log: FastifyBaseLogger;
  crlValiditySeconds?: number;
  clock?: () => Date;
}

export interface StatusListeners {
  /** Addresses without a path: the CRL is at `/issuing.crl`, OCSP at `/`. */
  crl: string;
  ocsp: string;
  close(): Promise<void>;
}

/**
 * Starts the CRL and the OCSP listener. They need the registry and the CA's keys, and neither Temporal nor anything
 * of issuance, so they go on when those are down; when the registry is down too, the CRL is served from memory as
 * long as it is valid and OCSP answers tryLater. Rejects when a port cannot be had; nothing is left open then.
 */
export async function startStatusListeners(options: StatusListenerOptions): Promise<StatusListeners> {
  const { authority, registry, log } = options;
  const clock = options.clock ?? (() => new Date());
  const validitySeconds = options.crlValiditySeconds ?? defaultCrlValiditySeconds;
  const publisher = createCrlPublisher({ authority, registry, validitySeconds, clock, log });
  const crlListener = createCrlListener({ authority, publisher, clock, log });
  const ocspListener = createOcspListener({
    authority,
    lookup: (serial) => registry.statusOf(serial),
    clock,
    log,
  });
  const close = async () => {
    clearInterval(timer);
    await lookingAfter;
    await Promise.all([crlListener.close(), ocspListener.close()]);
  };
  // A CRL must be on hand, and in time, even if nobody asks: it is what is served when the registry goes down.
  let lookingAfter: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    lookingAfter = publisher.current();
  }, crlCheckMs).unref();
  try {
    const crl = await crlListener.listen({ host: options.host, port: options.crlPort });
    const ocsp = await ocspListener.listen({ host: options.host, port: options.ocspPort });
    await publisher.current();
    return { crl, ocsp, close };
  } catch (error) {
    await close();
    throw error;
  }
}
