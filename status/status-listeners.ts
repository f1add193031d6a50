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

/** How often revocations are looked for: with the half minute that caches may keep an answer, well within one. */
const noticeMs = 5_000;
/** How often it is looked whether answers have lived half of their life. */
const refreshMs = 30_000;

export interface StatusListenerOptions {
  /** Asked at each use: generations and OCSP signers may be read again behind it. */
  authorities: () => Authorities;
  registry: StatusRegistry;
  host: string;
  /** 0 takes any free port. */
  crlPort: number;
  ocspPort: number;
  log: FastifyBaseLogger;
  clock?: () => Date;
  /** Where the world finds the CRLs, as written into certificates, without a slash at the end. */
  crlBase: string;
  crlValiditySeconds?: number;
  ocspValiditySeconds?: number;
  /** How long a request waits for a CRL that is just being made, in milliseconds; 2,000 by default. */
  crlFreshWithinMs?: number;
  /** OCSP answers in memory, two for each certificate. */
  maxPresigned?: number;
  /** Signatures a second that requests may cost: of all, and of one address. */
  onlinePerSecond?: number;
  onlinePerSecondAndAddress?: number;
  /** Addresses and networks of proxies whose word on the client's address is taken: none by default. */
  trustedProxies?: readonly string[];
}

export interface StatusListeners {
  /** Addresses without a path: CRLs are at `/<generation>/<shard>.crl`, OCSP at `/`. */
  crl: string;
  ocsp: string;
  close(): Promise<void>;
}

/**
 * Starts the CRL and the OCSP listener. They need the registry and the CA's keys, and neither Temporal nor anything of
 * issuance; with the registry down too, CRLs and OCSP answers are served from memory as long as they are valid.
 * Rejects when a port cannot be had; nothing is left open then.
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
    // What is in memory is what is served when the registry goes down: it is looked after even if nobody asks.
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
