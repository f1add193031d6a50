import fastify, { type FastifyBaseLogger, type FastifyReply, LogController } from "fastify";
import type { Authority } from "../../pki/ca/authority.ts";
import { makeOcspResponse, ocspError, ocspValiditySeconds, type StatusLookup } from "../../pki/ca/ocsp.ts";
import { maxOcspRequestBytes, parseOcspRequest } from "../../pki/ca/ocsp-request.ts";

/** A revocation must be seen within a minute, so caches may keep an answer only half of one. */
const maxAgeSeconds = 30;

/**
 * OCSP over HTTP (RFC 6960 appendix A, RFC 5019 §5): `POST /` with the request as body, `GET /<base64>` with the
 * request in the path. Needs the registry's status of a serial and the OCSP signer's key, nothing else.
 */
export function createOcspListener(options: {
  authority: Authority;
  lookup: StatusLookup;
  clock: () => Date;
  log: FastifyBaseLogger;
}) {
  const { authority, clock, log } = options;
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 10_000,
    bodyLimit: maxOcspRequestBytes,
    // The request is read from the raw URL: the router must not judge what base64 looks like as a path.
    rewriteUrl: ({ method, url }) => (method === "GET" || method === "HEAD" ? "/" : (url ?? "/")),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/ocsp-request", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );

  /** Only answers without a nonce may be kept by caches, and only for GET. */
  const answer = async (reply: FastifyReply, der: Uint8Array | undefined, isGet: boolean) => {
    reply.type("application/ocsp-response").header("cache-control", "no-store");
    const request = der && parseOcspRequest(der);
    if (request === undefined) return reply.send(Buffer.from(ocspError("malformedRequest")));

    let lookupFailed = false;
    const lookup: StatusLookup = async (serial) => {
      try {
        return await options.lookup(serial);
      } catch (error) {
        lookupFailed = true;
        throw error;
      }
    };
    const now = clock();
    let response: Uint8Array;
    try {
      response = await makeOcspResponse(authority, request, lookup, now);
    } catch (error) {
      log.error(
        { reason: error instanceof Error ? error.message : String(error) },
        "An OCSP request could not be answered.",
      );
      return reply.send(Buffer.from(ocspError(lookupFailed ? "tryLater" : "internalError")));
    }
    if (isGet && request.nonce === undefined) {
      reply
        .header("cache-control", `public, max-age=${maxAgeSeconds}, must-revalidate`)
        .header("last-modified", now.toUTCString())
        .header("expires", new Date(now.getTime() + ocspValiditySeconds * 1000).toUTCString());
    }
    return reply.send(Buffer.from(response));
  };

  app.post("/", (request, reply) =>
    answer(reply, request.body instanceof Uint8Array ? request.body : undefined, false),
  );
  app.get("/", (request, reply) => answer(reply, requestInPath(request.originalUrl), true));
  return app;
}

/**
 * The request in a path (RFC 6960 §A.1): the URL encoding of the base64 of the DER. Clients differ: some leave `/`,
 * `+` and `=` as they are, so `//` may be part of the base64, and some join the address and the path with a second
 * `/`. A request never begins with one: its first octet is 0x30, so its first letter is M.
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
