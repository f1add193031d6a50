import { EndpointUnreachable, type Outbound } from "./outbound.ts";

/**
 * Requests a time-stamp over HTTP (RFC 3161 §3.4).
 * @param request a TimeStampReq, DER
 * @returns a TimeStampResp, DER; not verified
 * @throws EndpointUnreachable
 */
export async function askTimeStamp(
  outbound: Outbound,
  url: string,
  request: Uint8Array,
): Promise<Uint8Array> {
  const headers = { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" };
  const { status, body } = await outbound.post(url, { headers, body: request });
  if (status === 200) return body;
  throw new EndpointUnreachable(`The time-stamp authority answered ${status}.`);
}
