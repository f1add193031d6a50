import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from "request-filtering-agent";

/** The address may never be called: it points inward, or is no address of the public web. */
export class EndpointForbidden extends Error {
  override name = "EndpointForbidden";
}

/** The address did not answer, or not in bounds. Worth trying again. */
export class EndpointUnreachable extends Error {
  override name = "EndpointUnreachable";
}

export interface OutboundRequest {
  headers: Record<string, string>;
  /** At most 64 KiB. */
  body: Uint8Array;
  /** Gives up before the time is over. */
  signal?: AbortSignal;
}

export interface OutboundAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** Requests to addresses that others named. */
export interface Outbound {
  /**
   * @returns whatever was answered; a redirect too, for it is not followed
   * @throws EndpointForbidden where nothing may be sent to
   * @throws EndpointUnreachable without a whole answer, in time and in bounds
   */
  post(url: string, request: OutboundRequest): Promise<OutboundAnswer>;
}

export interface OutboundOptions {
  /** Inward addresses that may be called all the same: none but in the test setting. */
  allow?: (url: URL) => boolean;
  /** Public addresses that may be called over plain http: what they answer is signed by itself. None by default. */
  plain?: (url: URL) => boolean;
  /** From the question to the last byte of the answer, ms. Default 10 s. */
  timeoutMs?: number;
  /** Default 64 KiB. */
  maxAnswerBytes?: number;
  /** How names become addresses; the system's resolver by default. */
  lookup?: LookupFunction;
}

/** What a party may name; a push service's own address is longer. */
const longestUrl = 512;
/** The longest address that is called, characters. */
export const longestPushUrl = 2_048;
const maxRequestBytes = 65_536;
/** Below it are a host's own services; the web's is 443. */
const firstFreePort = 1_024;
const publicName = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?\.?$/;
const innerZone =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|home|corp|private|arpa|test|invalid|onion)\.?$/;
/** In the public range, and yet the host that a cloud's virtual machines run on. */
const innerAddresses = ["168.63.129.16"];

/**
 * Checks the shape of an address before it is stored: https on the public web, at 443 or a port from 1024 on, no
 * credentials, no fragment, a name and no number (WHATWG URL reads a number in every notation), no name of an inner
 * zone. What the name resolves to is checked with every request, for it may change.
 * @param allow inward addresses that pass all the same
 * @param longest characters; 512 by default
 * @param plain public addresses that pass over plain http
 * @throws EndpointForbidden
 */
export function assertPublicEndpoint(
  text: string,
  allow: (url: URL) => boolean = () => false,
  { longest = longestUrl, plain = () => false }: { longest?: number; plain?: (url: URL) => boolean } = {},
): URL {
  const url = /^[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || text.length > longest)
    throw new EndpointForbidden(`An endpoint is a URL of at most ${longest} characters of ASCII.`);
  if (url.username !== "" || url.password !== "" || text.includes("#"))
    throw new EndpointForbidden("An endpoint carries neither credentials nor a fragment.");
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new EndpointForbidden("An endpoint is an https address.");
  if (allow(url)) return url;
  if (url.protocol !== "https:" && !plain(url))
    throw new EndpointForbidden("An endpoint is an https address.");
  if (url.port !== "" && Number(url.port) < firstFreePort)
    throw new EndpointForbidden(`An endpoint is at port 443, or at one from ${firstFreePort} on.`);
  if (!publicName.test(url.hostname) || innerZone.test(url.hostname))
    throw new EndpointForbidden("An endpoint is at a name of the public internet, never at a number.");
  return url;
}

/**
 * The only way out to addresses that others named. The address a name resolves to is checked where the connection is
 * made, so the one that is checked is the one that is called; redirects are answers, not followed; sizes and times are
 * bounded.
 */
export function makeOutbound(options: OutboundOptions = {}): Outbound {
  const { allow = () => false, plain, timeoutMs = 10_000, maxAnswerBytes = 65_536, lookup } = options;
  const shape = { longest: longestPushUrl, ...(plain ? { plain } : {}) };
  // One request, one connection: one kept open may be closed by the other side just as the next request is sent.
  const rules = { keepAlive: false, denyIPAddressList: innerAddresses };
  const guarded = {
    "http:": new RequestFilteringHttpAgent(rules),
    "https:": new RequestFilteringHttpsAgent(rules),
  };
  const open = {
    "http:": new http.Agent({ keepAlive: false }),
    "https:": new https.Agent({ keepAlive: false }),
  };
  return {
    async post(address, { headers, body, signal }) {
      const url = assertPublicEndpoint(address, allow, shape);
      if (body.byteLength > maxRequestBytes)
        throw new RangeError(
          `A request carries at most ${maxRequestBytes} bytes; it has ${body.byteLength}.`,
        );
      const deadline = AbortSignal.timeout(timeoutMs);
      const protocol = url.protocol as keyof typeof guarded;
      const request = (protocol === "https:" ? https : http).request(url, {
        method: "POST",
        headers: { ...headers, "content-length": String(body.byteLength) },
        agent: (allow(url) ? open : guarded)[protocol],
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        ...(lookup ? { lookup } : {}),
      });
      try {
        const response = await answerTo(request, body);
        return {
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: await read(response, maxAnswerBytes),
        };
      } catch (cause) {
        throw failureOf(cause);
      } finally {
        request.destroy();
      }
    },
  };
}

function answerTo(request: http.ClientRequest, body: Uint8Array): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    // For good: a connection may break more than once, and again while the answer is read.
    request.on("error", reject);
    request.end(body);
  });
}

async function read(response: http.IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > limit) throw new EndpointUnreachable(`The endpoint's answer is larger than ${limit} bytes.`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The guard says so in words only. What the name resolved to is not repeated. */
function failureOf(cause: unknown): Error {
  if (cause instanceof EndpointUnreachable) return cause;
  const refused = /^DNS lookup .+ is not allowed\b/.test((cause as Error).message);
  return refused
    ? new EndpointForbidden("The endpoint's name resolves to a blocked address.")
    : new EndpointUnreachable("The endpoint does not answer.", { cause });
}
