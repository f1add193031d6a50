import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Authorities } from "../pki/ca/authorities.ts";
import type { RootCrl } from "../pki/ca/authority.ts";
import { languageOf, problemResponse } from "../protocol/problem.ts";
import type { CrlShelf } from "./crl-shelf.ts";
import { entityTag, isKnownTag } from "./entity-tag.ts";
import { addHealth, type Check } from "./health.ts";
import type { CrlScope } from "./status-registry.ts";

/** A revocation must be visible within a minute, and a CRL of a million entries takes much of it to build. */
const crlMaxAgeSeconds = 15;
/** A root's CRL is issued at ceremonies. */
const rootCrlMaxAgeSeconds = 3_600;
/** Our own certificates never change under their URL. */
const certificateMaxAgeSeconds = 86_400;
/**
 * HTTP for the URLs of RFC 5280 §4.2.1.13 and §4.2.2.1, all DER: `/<generation>/<shard>.crl`, `/<generation>/root.crl`,
 * `/<generation>/issuing.cer`, `/<generation>/root.cer`. `GET /health` reports whether the CRLs are renewed in time.
 */
export function createCrlListener(options: {
  authorities: () => Authorities;
  shelf: CrlShelf;
  checks: () => readonly Check[];
  clock: () => Date;
  /** How long a request waits for a CRL that is being built; after that it gets the previous one. */
  freshWithinMs: number;
  log: FastifyBaseLogger;
}) {
  const { shelf, freshWithinMs } = options;
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1,
    requestTimeout: 10_000,
  });
  addHealth(app, options.checks);

  app.get<{ Params: { generation: string; file: string } }>("/:generation/:file", async (request, reply) => {
    const { generation, file } = request.params;
    const authority = options.authorities().all.find((each) => each.generation === generation);
    const shard = Number(/^(0|[1-9]\d{0,8})\.crl$/.exec(file)?.[1] ?? Number.NaN);
    if (authority === undefined) return reply.callNotFound();
    if (shard >= 0 && shard < authority.crlShards) return sendCrl(request, reply, { generation, shard });
    if (file === "root.crl" && authority.rootCrl) return sendRootCrl(request, reply, authority.rootCrl);
    if (file !== "issuing.cer" && file !== "root.cer") return reply.callNotFound();
    const der = file === "issuing.cer" ? authority.issuing : authority.root;
    const type = "application/pkix-cert";
    return send(request, reply, { der, etag: entityTag(der), type, maxAge: certificateMaxAgeSeconds });
  });

  const secondsTo = (end: Date): number => Math.floor((end.getTime() - options.clock().getTime()) / 1000);

  const sendRootCrl = (
    request: FastifyRequest,
    reply: FastifyReply,
    { der, nextUpdate }: RootCrl,
  ): FastifyReply | Promise<FastifyReply> => {
    const left = secondsTo(nextUpdate);
    if (left <= 0) return notNow(request, reply);
    const maxAge = Math.min(rootCrlMaxAgeSeconds, left);
    return send(request, reply, { der, etag: entityTag(der), type: "application/pkix-crl", maxAge });
  };

  const sendCrl = async (
    request: FastifyRequest,
    reply: FastifyReply,
    scope: CrlScope,
  ): Promise<FastifyReply> => {
    // A request right after a revocation gets a CRL with it: concurrent requests share one check.
    const waiting = new AbortController();
    const longEnough = sleep(freshWithinMs, undefined, { ref: false, signal: waiting.signal });
    await Promise.race([shelf.refresh(), longEnough]).finally(() => waiting.abort());
    const crl = shelf.get(scope);
    if (crl === undefined) return notNow(request, reply);
    const left = secondsTo(crl.nextUpdate);
    reply
      .header("last-modified", crl.thisUpdate.toUTCString())
      .header("expires", crl.nextUpdate.toUTCString());
    const maxAge = Math.min(crlMaxAgeSeconds, left);
    return send(request, reply, { der: crl.der, etag: crl.etag, type: "application/pkix-crl", maxAge });
  };
  return app;
}

function notNow(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, headers, body } = problemResponse("TRY_AGAIN", {
    detail: "There is no valid CRL at this address at the moment.",
    instance: `urn:uuid:${randomUUID()}`,
    language: languageOf(request.headers["accept-language"]),
  });
  return reply
    .code(status)
    .headers({ ...headers, "cache-control": "no-store" })
    .send(body);
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { der, etag, type, maxAge }: { der: Uint8Array; etag: string; type: string; maxAge: number },
): FastifyReply {
  reply.header("etag", etag).header("cache-control", `public, max-age=${maxAge}, must-revalidate`);
  return isKnownTag(request.headers["if-none-match"], etag)
    ? reply.code(304).send()
    : reply.type(type).send(Buffer.from(der.buffer, der.byteOffset, der.byteLength));
}
