import { normalizeIP } from "@fastify/rate-limit";
import fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { maxOcspRequestBytes } from "../pki/ca/ocsp-request.ts";
import type { Answer } from "./answer-cache.ts";
import { isKnownTag } from "./entity-tag.ts";
import { addHealth, type Check } from "./health.ts";
import type { Responder } from "./responder.ts";

/** A revocation must be visible within a minute, so caches may keep an answer for half a minute only. */
const maxAgeSeconds = 30;

/**
 * OCSP over HTTP (RFC 6960 appendix A, RFC 9919 §6 and §7): `POST /` with the request as body, `GET /<base64>` with the request
 * in the path. `GET /health` reports whether the answers are renewed in time.
 */
export function createOcspListener(options: {
  respond: Responder;
  checks: () => readonly Check[];
  clock: () => Date;
  log: FastifyBaseLogger;
  trustedProxies: readonly string[];
}) {
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 10_000,
    bodyLimit: maxOcspRequestBytes,
    trustProxy: [...options.trustedProxies],
    // The request is read from the raw URL: the router must not interpret base64 as a path.
    rewriteUrl: ({ method, url = "/" }) =>
      (method === "GET" || method === "HEAD") && url !== "/health" ? "/" : url,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/ocsp-request", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  addHealth(app, options.checks);

  app.post("/", async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : undefined;
    const answered = await options.respond(body, placeOf(request));
    return send(reply, "own" in answered ? answered.own : answered.shared.der);
  });
  app.get("/", async (request, reply) => {
    const answered = await options.respond(requestInPath(request.originalUrl), placeOf(request));
    if ("own" in answered) return send(reply, answered.own);
    addCaching(reply, answered.shared, options.clock());
    return isKnownTag(request.headers["if-none-match"], answered.shared.etag)
      ? reply.code(304).send()
      : reply.type("application/ocsp-response").send(answered.shared.der);
  });
  return app;
}

/** An IPv6 client can use a whole /64: it counts as one client. */
const placeOf = ({ ip }: FastifyRequest): string => normalizeIP(ip, 64);

/** Not cacheable: an answer with a nonce, one that may change at any moment, an error. */
const send = (reply: FastifyReply, der: Uint8Array): FastifyReply =>
  reply
    .type("application/ocsp-response")
    .header("cache-control", "no-store")
    .send(Buffer.from(der.buffer, der.byteOffset, der.byteLength));

/** RFC 9919 §7.2. Its max-age may extend to nextUpdate; ours is shorter, because of later revocations. */
function addCaching(reply: FastifyReply, { etag, thisUpdate, nextUpdate }: Answer, now: Date): void {
  const left = Math.floor((nextUpdate.getTime() - now.getTime()) / 1000);
  reply
    .header("etag", etag)
    .header(
      "cache-control",
      `max-age=${Math.min(maxAgeSeconds, left)}, public, no-transform, must-revalidate`,
    )
    .header("last-modified", thisUpdate.toUTCString())
    .header("expires", nextUpdate.toUTCString());
}

/**
 * The request in a path (RFC 6960 §A.1): the URL encoding of the base64 of the DER. Clients differ: some leave `/`, `+` and `=`
 * unencoded, so `//` may be part of the base64, and some join URL and path with a second `/`. A request never begins with one:
 * its first octet is 0x30, so its first letter is M.
 */
function requestInPath(url: string): Uint8Array | undefined {
  let base64: string;
  try {
    base64 = decodeURIComponent(url.replace(/^\/+/, ""));
  } catch {
    return undefined;
  }
  const longest = Math.ceil(maxOcspRequestBytes / 3) * 4;
  if (base64.length > longest || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  return new Uint8Array(Buffer.from(base64, "base64"));
}
