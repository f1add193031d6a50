import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Authorities } from "../../pki/ca/authorities.ts";
import type { Authority } from "../../pki/ca/authority.ts";
import type { CrlShelf } from "./crl-shelf.ts";
import { isKnownTag } from "./entity-tag.ts";
import { addHealth, type Check } from "./health.ts";

/** A revocation must be seen within a minute, and a CRL of a million entries takes a good part of it to be made. */
const crlMaxAgeSeconds = 15;
/** A root's CRL is made at ceremonies. */
const rootCrlMaxAgeSeconds = 3_600;
/** Our own certificates never change under their name. */
const certificateMaxAgeSeconds = 86_400;
/** How long a request waits for a CRL that is just being made; after that the last one must do. */
const freshWithinMs = 2_000;

/**
 * HTTP for what RFC 5280 §4.2.1.13 and §4.2.2.1 point at, all DER: `/<generation>/<shard>.crl`, `/<generation>/root.crl`,
 * `/<generation>/issuing.cer`, `/<generation>/root.cer`. `GET /health` says whether the CRLs are renewed in time.
 */
export function createCrlListener(options: {
  authorities: () => Authorities;
  shelf: CrlShelf;
  checks: () => readonly Check[];
  clock: () => Date;
  log: FastifyBaseLogger;
}) {
  const { shelf } = options;
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
    const found = caFile(authority, file);
    if (found === undefined) return reply.callNotFound();
    const { der, type, maxAge } = found;
    const etag = `"${createHash("sha256").update(der).digest("base64url")}"`;
    return send(request, reply, { der: Buffer.from(der), etag, type, maxAge });
  });

  const sendCrl = async (
    request: FastifyRequest,
    reply: FastifyReply,
    scope: { generation: string; shard: number },
  ): Promise<FastifyReply> => {
    await Promise.race([shelf.refresh(), sleep(freshWithinMs, undefined, { ref: false })]);
    const crl = shelf.get(scope);
    if (crl === undefined) {
      return reply
        .code(503)
        .header("retry-after", "10")
        .header("cache-control", "no-store")
        .type("text/plain")
        .send("No valid CRL can be had at the moment; try again.\n");
    }
    const left = Math.floor((crl.nextUpdate.getTime() - options.clock().getTime()) / 1000);
    reply
      .header("last-modified", crl.thisUpdate.toUTCString())
      .header("expires", crl.nextUpdate.toUTCString());
    const maxAge = Math.min(crlMaxAgeSeconds, left);
    return send(request, reply, { der: crl.der, etag: crl.etag, type: "application/pkix-crl", maxAge });
  };
  return app;
}

function caFile(
  { issuing, root, rootCrl }: Authority,
  file: string,
): { der: Uint8Array; type: string; maxAge: number } | undefined {
  const certificate = { type: "application/pkix-cert", maxAge: certificateMaxAgeSeconds };
  if (file === "issuing.cer") return { der: issuing, ...certificate };
  if (file === "root.cer") return { der: root, ...certificate };
  if (file !== "root.crl" || rootCrl === undefined) return undefined;
  return { der: rootCrl, type: "application/pkix-crl", maxAge: rootCrlMaxAgeSeconds };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { der, etag, type, maxAge }: { der: Buffer; etag: string; type: string; maxAge: number },
): FastifyReply {
  reply.header("etag", etag).header("cache-control", `public, max-age=${maxAge}, must-revalidate`);
  return isKnownTag(request.headers["if-none-match"], etag)
    ? reply.code(304).send()
    : reply.type(type).send(der);
}
