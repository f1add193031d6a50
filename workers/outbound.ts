import { makeOutbound, type Outbound } from "../activities/delivery/outbound.ts";
import type { Configuration } from "./configuration.ts";

/**
 * Requests to addresses chosen by others. The test setting also allows the simulators on this machine, and a time-stamp
 * authority may use plain http, because its tokens are signed.
 */
export function outboundOf(configuration: Configuration): Outbound {
  const { KAZASU_TSA_URL: authority } = configuration;
  return makeOutbound({
    allow: allowedInward(configuration),
    ...(authority === undefined ? {} : { plain: ({ href }) => href === new URL(authority).href }),
  });
}

/** A `fetch` for libraries that send to addresses chosen by others: POST only, with the address check. */
export function fetchOutside(outbound: Outbound): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, { headers, body, signal }) => {
    const request = {
      headers: Object.fromEntries(new Headers(headers)),
      body: Buffer.from(typeof body === "string" ? body : ""),
      ...(signal ? { signal } : {}),
    };
    const { status, body: answer } = await outbound.post(url, request);
    return new Response(status === 204 ? null : new Uint8Array(answer), { status });
  };
}

/** The internal addresses that are allowed: none in production, the loopback interface in the test setting. */
export function allowedInward(configuration: Configuration): (url: URL) => boolean {
  if (configuration.KAZASU_SETTING === "production") return () => false;
  return ({ hostname }) => hostname === "127.0.0.1" || hostname === "localhost";
}
