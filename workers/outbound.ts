import { makeOutbound, type Outbound, type OutboundReader } from "../activities/delivery/outbound.ts";
import type { Configuration } from "./configuration.ts";

/**
 * Requests to addresses chosen by others. The test setting also allows the simulators on this machine, and a time-stamp
 * authority may use plain http, because its tokens are signed.
 */
export function outboundOf(configuration: Configuration): Outbound & OutboundReader {
  const { KAZASU_TSA_URL: authority } = configuration;
  return makeOutbound({
    allow: allowedInward(configuration),
    ...(authority === undefined ? {} : { plain: ({ href }) => href === new URL(authority).href }),
  });
}

/** A `fetch` for libraries that ask addresses chosen by others: GET and POST, with the address check, without redirects. */
export function fetchOutside(
  outbound: Outbound & OutboundReader,
): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, { method = "GET", headers, body, signal }) => {
    const request = {
      headers: Object.fromEntries(new Headers(headers)),
      ...(signal ? { signal } : {}),
    };
    const answer =
      method === "POST"
        ? await outbound.post(url, { ...request, body: Buffer.from(typeof body === "string" ? body : "") })
        : await outbound.get(url, request);
    return new Response(answer.status === 204 ? null : new Uint8Array(answer.body), {
      status: answer.status,
    });
  };
}

/** The internal addresses that are allowed: none in production, the loopback interface in the test setting. */
export function allowedInward(configuration: Configuration): (url: URL) => boolean {
  if (configuration.KAZASU_SETTING === "production") return () => false;
  return ({ hostname }) => hostname === "127.0.0.1" || hostname === "localhost";
}
