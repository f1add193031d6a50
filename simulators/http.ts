import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { ZodError } from "zod";
import { isFromHere, notFromHere } from "./own-host.ts";

/** A refusal over HTTP: `{error, message, next}` with the status beside it. */
export class HttpRefusal extends Error {
  readonly statusCode: number;
  readonly error: string;
  readonly next: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    statusCode: number,
    error: string,
    message: string,
    next: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.headers = headers;
    this.statusCode = statusCode;
    this.error = error;
    this.next = next;
  }
}

export interface ListenOptions {
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
}

/**
 * A fastify server that answers only its own machine ({@link isFromHere}), reports every error as JSON of one form, and limits
 * bodies to `bodyLimit` bytes.
 */
export function makeServer(bodyLimit: number, log: (line: string) => void = () => {}): FastifyInstance {
  const server = Fastify({
    bodyLimit,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1_024 },
  });
  // Only clients close idle connections: if both sides did at the same time, a request could be lost.
  server.server.keepAliveTimeout = 0;
  server.addHook("onRequest", async (request) => {
    const { error, message, next } = notFromHere;
    if (!isFromHere(request.raw)) throw new HttpRefusal(403, error, message, next);
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: "NOT_FOUND",
      message: `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`,
      next: "See simulators/README.md for the addresses.",
    }),
  );
  server.setErrorHandler((error: FastifyError | HttpRefusal | ZodError, request, reply) => {
    if (error instanceof HttpRefusal) {
      const { statusCode, message, next, headers } = error;
      return reply.code(statusCode).headers(headers).send({ error: error.error, message, next });
    }
    if (error instanceof ZodError) {
      const problems = error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
      return reply.code(400).send({
        error: "MALFORMED_REQUEST",
        message: "The request does not match the schema of this endpoint.",
        next: "Correct the fields named in problems.",
        problems,
      });
    }
    const status = error.statusCode ?? 500;
    if (status >= 500)
      log(`${request.method} ${request.routeOptions.url ?? ""} failed: ${error.stack ?? ""}`);
    return reply.code(status).send({
      error: status >= 500 ? "SIMULATOR_FAULT" : (error.code ?? "REFUSED"),
      message: status >= 500 ? "The simulator failed; see its log." : error.message,
      next: status >= 500 ? "Report it with the log." : "Correct the request.",
    });
  });
  return server;
}

/** Starts listening and returns the URL, without a trailing slash. */
export async function listen(server: FastifyInstance, options: ListenOptions): Promise<string> {
  return server.listen({ host: options.host ?? "127.0.0.1", port: options.port ?? 0 });
}
