import { createHash } from "node:crypto";
import fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Authority } from "../../pki/ca/authority.ts";
import type { CrlPublisher } from "./crl-publisher.ts";

/** A revocation must be seen within a minute, so nothing on the way may keep a CRL longer. */
const crlMaxAgeSeconds = 30;
/** Our own certificates never change under their name. */
const certificateMaxAgeSeconds = 86_400;

/** HTTP for what RFC 5280 §4.2.1.13 and §4.2.2.1 point at: the CRL and the CA's certificates, all DER. */
export function createCrlListener(options: {
  authority: Authority;
  publisher: CrlPublisher;
  clock: () => Date;
  log: FastifyBaseLogger;
}) {
  const { authority, publisher } = options;
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1,
    requestTimeout: 10_000,
  });

  app.get("/issuing.crl", async (request, reply) => {
    const crl = await publisher.current();
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
    return sendDer(request, reply, crl.der, "application/pkix-crl", Math.min(crlMaxAgeSeconds, left));
  });

  for (const [path, der] of [
    ["/issuing.cer", authority.issuing],
    ["/root.cer", authority.root],
  ] as const) {
    app.get(path, (request, reply) =>
      sendDer(request, reply, der, "application/pkix-cert", certificateMaxAgeSeconds),
    );
  }
  return app;
}

function sendDer(
  request: FastifyRequest,
  reply: FastifyReply,
  der: Uint8Array,
  type: string,
  maxAge: number,
): FastifyReply {
  const etag = `"${createHash("sha256").update(der).digest("base64url")}"`;
  reply.header("etag", etag).header("cache-control", `public, max-age=${maxAge}, must-revalidate`);
  const known = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.includes(etag) || known?.includes("*")) return reply.code(304).send();
  return reply.type(type).send(Buffer.from(der));
}
