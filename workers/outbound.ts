import {
  firstFreePort,
  makeOutbound,
  type Outbound,
  type OutboundReader,
} from "../activities/delivery/outbound.ts";
import { isLoopback } from "./addresses.ts";
import type { Configuration } from "./configuration.ts";

/**
 * Requests to addresses chosen by others. The test setting also allows receivers on this machine, and a time-stamp
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

/**
 * The internal addresses that are allowed: none in production. The test setting allows {@link isLocalReceiver a receiver on this
 * machine} while it listens on the loopback interface alone, so that nobody elsewhere can have requests sent here, and the
 * simulated push service.
 */
export function allowedInward(
  configuration: Pick<Configuration, "KAZASU_SETTING" | "KAZASU_HOST" | "KAZASU_PUSH_URL">,
): (url: URL) => boolean {
  const { KAZASU_SETTING: setting, KAZASU_HOST: host, KAZASU_PUSH_URL: pushService } = configuration;
  if (setting === "production") return () => false;
  const isAlone = isLoopback(host.toLowerCase());
  return (url) =>
    (isAlone && isLocalReceiver(url)) ||
    (pushService !== undefined && url.origin === new URL(pushService).origin);
}

/** A developer's receiver on this machine: a loopback address, at a port that is no host service's. */
export const isLocalReceiver = ({ hostname, port }: URL): boolean =>
  (hostname === "127.0.0.1" || hostname === "localhost") && Number(port) >= firstFreePort;
