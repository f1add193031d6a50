import type { FastifyBaseLogger } from "fastify";
import type { Authorities } from "../pki/ca/authorities.ts";
import { ocspValiditySeconds as defaultOcspValiditySeconds } from "../pki/ca/ocsp.ts";
import { checkAnswers, checkCrls, checkRevocations, checkRootCrls } from "./checks.ts";
import { createCrlListener } from "./crl-listener.ts";
import { createCrlShelf } from "./crl-shelf.ts";
import { crlValiditySeconds as defaultCrlValiditySeconds } from "./due-crls.ts";
import { createOcspListener } from "./ocsp-listener.ts";
import { createOnlineLimit } from "./online-limit.ts";
import { createPresigner } from "./presigner.ts";
import { repeat } from "./repeat.ts";
import { createResponder } from "./responder.ts";
import type { StatusRegistry } from "./status-registry.ts";

/** The polling interval for revocations: together with the half minute of caching, well within a minute. */
const noticeMs = 5_000;
/** The interval at which answers are checked for renewal. */
const refreshMs = 30_000;

export interface StatusListenerOptions {
  /** Called at each use: generations and OCSP signers may be reloaded. */
  authorities: () => Authorities;
  registry: StatusRegistry;
  host: string;
  /** 0 uses any free port. */
  crlPort: number;
  ocspPort: number;
  log: FastifyBaseLogger;
  clock?: () => Date;
  /** The public base URL of the CRLs, as in certificates, without a trailing slash. */
  crlBase: string;
  crlValiditySeconds?: number;
  ocspValiditySeconds?: number;
  /** How long a request waits for a CRL that is being built, in milliseconds; 2,000 by default. */
  crlFreshWithinMs?: number;
  /** OCSP answers in memory, two for each certificate. */
  maxPresigned?: number;
  /** Signatures per second on request: in total, and for one address. */
  onlinePerSecond?: number;
  onlinePerSecondAndAddress?: number;
  /** Addresses and networks of proxies whose forwarding header is trusted: none by default. */
  trustedProxies?: readonly string[];
}

export interface StatusListeners {
  /** Base URLs: CRLs are at `/<generation>/<shard>.crl`, OCSP at `/`. */
  crl: string;
  ocsp: string;
  close(): Promise<void>;
}

/**
 * Starts the CRL and the OCSP listener. They need the registry and the CA's keys, and neither Temporal nor any part of
 * issuance; with the registry down too, CRLs and OCSP answers are served from memory as long as they are valid. Rejects if a
 * port is not available, and closes everything.
 */
export async function startStatusListeners(options: StatusListenerOptions): Promise<StatusListeners> {
  const { authorities, registry, log, crlBase } = options;
  const clock = options.clock ?? (() => new Date());
  const maxPresigned = options.maxPresigned ?? 50_000;
  const shelf = createCrlShelf({
    authorities,
    registry,
    clock,
    crlBase,
    validitySeconds: options.crlValiditySeconds ?? defaultCrlValiditySeconds,
    log,
  });
  const presigner = createPresigner({
    authorities,
    registry,
    clock,
    validitySeconds: options.ocspValiditySeconds ?? defaultOcspValiditySeconds,
    maxPresigned,
  });
  const maySign = createOnlineLimit({
    perSecond: options.onlinePerSecond ?? 400,
    perSecondAndAddress: options.onlinePerSecondAndAddress ?? 100,
    clock,
  });
  const crlListener = createCrlListener({
    authorities,
    shelf,
    checks: () => [...checkCrls(shelf, clock()), ...checkRootCrls(authorities(), clock())],
    clock,
    freshWithinMs: options.crlFreshWithinMs ?? 2_000,
    log,
  });
  const ocspListener = createOcspListener({
    respond: createResponder({
      authorities,
      registry,
      presigner,
      maySign,
      maxRemembered: maxPresigned,
      clock,
      log,
    }),
    checks: () => [checkAnswers(presigner, clock()), checkRevocations(presigner, clock())],
    clock,
    log,
    trustedProxies: options.trustedProxies ?? [],
  });

  const endings: (() => Promise<void>)[] = [];
  const close = async () => {
    presigner.close();
    await Promise.all(endings.map((end) => end()));
    await Promise.all([crlListener.close(), ocspListener.close()]);
  };
  try {
    const crl = await crlListener.listen({ host: options.host, port: options.crlPort });
    const ocsp = await ocspListener.listen({ host: options.host, port: options.ocspPort });
    // The memory is served when the registry is down, so it is kept current without requests.
    endings.push(
      repeat(noticeMs, "Looking for revocations", () => presigner.noticeRevocations(), log),
      repeat(noticeMs, "Publishing CRLs", () => shelf.refresh(), log),
      repeat(refreshMs, "Signing OCSP answers ahead", () => presigner.renew(), log),
    );
    await shelf.refresh();
    return { crl, ocsp, close };
  } catch (error) {
    await close();
    throw error;
  }
}
