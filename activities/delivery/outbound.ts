import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from "request-filtering-agent";

/** The address may never be called: it points inward, or is no address of the public web. */
export class EndpointForbidden extends Error {
  override name = "EndpointForbidden";
}

/** The address did not answer, or not in bounds. Worth trying again. */
export class EndpointUnreachable extends Error {
  override name = "EndpointUnreachable";
}

export interface OutboundAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** Requests to addresses that others named. */
export interface Outbound {
  post(url: string, request: { headers: Record<string, string>; body: Uint8Array }): Promise<OutboundAnswer>;
}

export interface OutboundOptions {
  /** Inward addresses that may be called all the same: none but in the test setting. */
  allow?: (url: URL) => boolean;
  timeoutMs?: number;
  maxAnswerBytes?: number;
  /** How names become addresses; the system's resolver by default. */
  lookup?: LookupFunction;
}

const longestUrl = 512;
const maxRequestBytes = 65_536;
const innerNames =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|arpa|test|invalid|onion)\.?$/i;

/**
 * Checks the shape of an address before it is stored: https on the public web, no credentials, no fragment, no literal
 * address of a private network in any notation (WHATWG URL writes every one of them plain), no name of an inner zone.
 * What the name resolves to is checked with every request, for it may change.
 * @throws EndpointForbidden
 */
export function assertPublicEndpoint(text: string, allow: (url: URL) => boolean = () => false): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || text.length > longestUrl)
    throw new EndpointForbidden(`An endpoint is a URL of at most ${longestUrl} characters.`);
  if (url.username !== "" || url.password !== "" || url.hash !== "")
    throw new EndpointForbidden("An endpoint carries neither credentials nor a fragment.");
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new EndpointForbidden("An endpoint is an https address.");
  if (allow(url)) return url;
  if (url.protocol !== "https:") throw new EndpointForbidden("An endpoint is an https address.");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) throw new EndpointForbidden("An endpoint is named, not numbered.");
  if (!host.includes(".") || innerNames.test(host))
    throw new EndpointForbidden("The endpoint's name is not one of the public internet.");
  return url;
}

/**
 * The only way out to addresses that others named. The address a name resolves to is checked where the connection is
 * made, so the one that is checked is the one that is called; redirects are answers, not followed; sizes and times are
 * bounded.
 */
export function makeOutbound(options: OutboundOptions = {}): Outbound {
  const { allow = () => false, timeoutMs = 10_000, maxAnswerBytes = 65_536, lookup } = options;
  const guarded = {
    http: new RequestFilteringHttpAgent({ keepAlive: false }),
    https: new RequestFilteringHttpsAgent({ keepAlive: false }),
  };
  return {
    async post(address, { headers, body }) {
      const url = assertPublicEndpoint(address, allow);
      if (body.byteLength > maxRequestBytes)
        throw new EndpointForbidden(`A request carries at most ${maxRequestBytes} bytes.`);
      const secure = url.protocol === "https:";
      const agent = allow(url) ? undefined : secure ? guarded.https : guarded.http;
      return new Promise((resolve, reject) => {
        const request = (secure ? https : http).request(url, {
          method: "POST",
          headers: { ...headers, "content-length": String(body.byteLength) },
          signal: AbortSignal.timeout(timeoutMs),
          ...(agent ? { agent } : {}),
          ...(lookup ? { lookup } : {}),
        });
        request.once("error", (cause) => reject(failureOf(cause)));
        request.once("response", (response) => {
          read(response, maxAnswerBytes).then(
            (answer) =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
            (cause: unknown) => {
              request.destroy();
              reject(failureOf(cause));
            },
          );
        });
        request.end(body);
      });
    },
  };
}

async function read(response: http.IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > limit) throw new EndpointUnreachable("The endpoint's answer is too large.");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The guard's words end with this; what an address resolved to is not repeated. */
function failureOf(cause: unknown): Error {
  if (cause instanceof EndpointForbidden || cause instanceof EndpointUnreachable) return cause;
  const refused = (cause as Error).message?.includes("is not allowed");
  return refused
    ? new EndpointForbidden("The endpoint's name leads to an address that is never called.")
    : new EndpointUnreachable("The endpoint does not answer.", { cause });
}
