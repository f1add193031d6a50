import { isSecret, shortened, shortenedAuthorization, shortenedJson, shortenedUrl } from "./shorten.ts";

/** A request as it arrived. */
export interface SeenRequest {
  method: string;
  url: URL;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Headers that a party sets itself; the others are its HTTP client's. */
const shownHeaders = ["content-type", "authorization", "dpop", "idempotency-key"];
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The request as a curl command with its secrets shortened: those are what the party makes anew for each request. */
export function curlOf({ method, url, headers, body }: SeenRequest): string {
  const parts = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(shortenedUrl(url))}`];
  const isForm = String(headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  for (const name of shownHeaders) {
    const value = headers[name];
    // curl sets this one itself with --data-urlencode.
    if (typeof value !== "string" || (isForm && name === "content-type")) continue;
    parts.push(`-H ${quoted(`${name}: ${shownHeader(name, value)}`)}`);
  }
  if (isForm)
    for (const [name, value] of new URLSearchParams(body))
      parts.push(`--data-urlencode ${quoted(`${name}=${isSecret(name) ? shortened(value) : value}`)}`);
  else if (body !== "") parts.push(`--data ${quoted(shownBody(body))}`);
  return parts.join(" \\\n  ");
}

function shownHeader(name: string, value: string): string {
  if (name === "authorization") return shortenedAuthorization(value);
  return name === "dpop" ? shortened(value) : value;
}

/** A JSON body with its secrets shortened; any other body is only counted. */
export function shownBody(body: string): string {
  try {
    return JSON.stringify(shortenedJson(JSON.parse(body)));
  } catch {
    return `… ${body.length} characters`;
  }
}
