import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from "request-filtering-agent";

/** The address is blocked: it resolves to an internal address, or is not a public web address. */
export class EndpointForbidden extends Error {
  override name = "EndpointForbidden";
}

/** The address did not answer within the limits. Worth retrying. */
export class EndpointUnreachable extends Error {
  override name = "EndpointUnreachable";
}

export interface OutboundRequest {
  headers: Record<string, string>;
  /** At most 64 KiB. */
  body: Uint8Array;
  /** Aborts before the timeout. */
  signal?: AbortSignal;
}

export interface OutboundAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** Requests to addresses chosen by others. */
export interface Outbound {
  /**
   * @returns any answer, including a redirect, which is not followed
   * @throws EndpointForbidden if the address is blocked
   * @throws EndpointUnreachable without a complete answer within the limits
   */
  post(url: string, request: OutboundRequest): Promise<OutboundAnswer>;
}

export interface OutboundReader {
  /** Like {@link Outbound.post}, without a body. */
  get(url: string, request: Omit<OutboundRequest, "body">): Promise<OutboundAnswer>;
}

export interface OutboundOptions {
  /** Internal addresses that are allowed all the same: only in the test setting. */
  allow?: (url: URL) => boolean;
  /** Public addresses allowed over plain HTTP, because their answers are signed. None by default. */
  plain?: (url: URL) => boolean;
  /** From the request to the last byte of the answer, ms. Default 10 s. */
  timeoutMs?: number;
  /** Default 64 KiB. */
  maxAnswerBytes?: number;
  /** Name resolution; the system's resolver by default. */
  lookup?: LookupFunction;
}

/** The longest URL that a party may register; a push service's URL may be longer. */
const longestUrl = 512;
/** The longest URL that is requested, characters. */
export const longestPushUrl = 2_048;
const maxRequestBytes = 65_536;
/** Below it are a host's own services; the web's port is 443. */
export const firstFreePort = 1_024;
const publicName = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?\.?$/;
const innerZone =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|lan|home|corp|private|arpa|test|invalid|onion)\.?$/;
/** A public address that is an internal host of a cloud's virtual machines. */
const innerAddresses = ["168.63.129.16"];

/**
 * Checks an address before it is stored: https on the public web, at port 443 or from 1024 on, no credentials, no fragment, a
 * name and not an IP address (the WHATWG URL parser recognises every notation of one), no name in an internal zone. The
 * resolved address is checked at every request, because it may change.
 * @param allow internal addresses that are accepted all the same
 * @param longest characters; 512 by default
 * @param plain public addresses that are accepted over plain HTTP
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
    throw new EndpointForbidden("An endpoint must not contain credentials or a fragment.");
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new EndpointForbidden("An endpoint must be an https URL.");
  if (allow(url)) return url;
  if (url.protocol !== "https:" && !plain(url))
    throw new EndpointForbidden("An endpoint must be an https URL.");
  if (url.port !== "" && Number(url.port) < firstFreePort)
    throw new EndpointForbidden(`An endpoint is at port 443, or at one from ${firstFreePort} on.`);
  if (!publicName.test(url.hostname) || innerZone.test(url.hostname))
    throw new EndpointForbidden("An endpoint must have a public host name, not an IP address.");
  return url;
}

/**
 * The only way to send requests to addresses chosen by others. The resolved address is checked when the connection is made, so
 * that the checked address is the one that is connected to; redirects are not followed; sizes and times are limited.
 */
export function makeOutbound(options: OutboundOptions = {}): Outbound & OutboundReader {
  const { allow = () => false, plain, timeoutMs = 10_000, maxAnswerBytes = 65_536, lookup } = options;
  const shape = { longest: longestPushUrl, ...(plain ? { plain } : {}) };
  // One request per connection: the other side may close an idle one just as the next request is sent.
  const rules = { keepAlive: false, denyIPAddressList: innerAddresses };
  const guarded = {
    "http:": new RequestFilteringHttpAgent(rules),
    "https:": new RequestFilteringHttpsAgent(rules),
  };
  const open = {
    "http:": new http.Agent({ keepAlive: false }),
    "https:": new https.Agent({ keepAlive: false }),
  };
  const send = async (
    method: "GET" | "POST",
    address: string,
    { headers, body, signal }: Omit<OutboundRequest, "body"> & { body?: Uint8Array },
  ): Promise<OutboundAnswer> => {
    const url = assertPublicEndpoint(address, allow, shape);
    const length = body?.byteLength ?? 0;
    if (length > maxRequestBytes)
      throw new RangeError(`A request carries at most ${maxRequestBytes} bytes; it has ${length}.`);
    const deadline = AbortSignal.timeout(timeoutMs);
    const protocol = url.protocol as keyof typeof guarded;
    const request = (protocol === "https:" ? https : http).request(url, {
      method,
      headers: { ...headers, ...(body ? { "content-length": String(length) } : {}) },
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
  };
  return {
    post: (address, request) => send("POST", address, request),
    get: (address, request) => send("GET", address, request),
  };
}

function answerTo(request: http.ClientRequest, body?: Uint8Array): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    // Keep this listener: a connection may fail more than once, also while the answer is read.
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

/** The guard reports a block only by its message. The resolved address is not repeated. */
function failureOf(cause: unknown): Error {
  if (cause instanceof EndpointUnreachable) return cause;
  const refused = /^DNS lookup .+ is not allowed\b/.test((cause as Error).message);
  return refused
    ? new EndpointForbidden("The endpoint's name resolves to a blocked address.")
    : new EndpointUnreachable("The endpoint does not answer.", { cause });
}
