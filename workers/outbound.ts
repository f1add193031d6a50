import { makeOutbound, type Outbound } from "../activities/delivery/outbound.ts";
import type { Configuration } from "./configuration.ts";

/**
 * The way out to addresses that others named. The test setting also lets it reach the simulators on this machine, and the
 * time-stamp authority may be one of plain http: its tokens are signed.
 */
export function outboundOf(configuration: Configuration): Outbound {
  const { KAZASU_TSA_URL: authority } = configuration;
  return makeOutbound({
    allow: allowedInward(configuration),
    ...(authority === undefined ? {} : { plain: ({ href }) => href === new URL(authority).href }),
  });
}

/** What a library that wants `fetch` is given to reach addresses that others named: POST only, and guarded. */
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

/** Which inward addresses may be named all the same: none in production, the loopback interface in the test setting. */
export function allowedInward(configuration: Configuration): (url: URL) => boolean {
  if (configuration.KAZASU_SETTING === "production") return () => false;
  return ({ hostname }) => hostname === "127.0.0.1" || hostname === "localhost";
}
