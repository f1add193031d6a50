/** The request to a status URL. */
export interface StatusRequest {
  signal: AbortSignal;
  redirect: "error";
  /** Only for OCSP. */
  method?: "POST";
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
}

/** Fetches a certificate's status. Pass one that reaches only the CA. */
export type StatusFetch = (url: string, request: StatusRequest) => Promise<Response>;

/** The status is not known; `unknown` in a verdict. The message has the cause. */
export class NoStatus extends Error {
  override name = "NoStatus";
}

const timeoutMs = 10_000;

/**
 * Fetches a status URL over HTTP(S): at most `largest` octets, within ten seconds, without following redirects.
 * @param what names the requested object in the message
 * @throws NoStatus
 */
export async function fetchStatus(
  url: string,
  { fetch: ask = fetch, largest, what, ...more }: FetchRules,
): Promise<Uint8Array> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await ask(url, { signal, redirect: "error", ...more });
    if (!response.ok) throw new NoStatus(`The CA gave no ${what}: HTTP ${response.status}.`);
    return await bounded(response, largest, what);
  } catch (cause) {
    if (cause instanceof NoStatus) throw cause;
    throw new NoStatus(`The CA could not be asked for ${what}.`, { cause });
  }
}

interface FetchRules extends Pick<StatusRequest, "method" | "headers" | "body"> {
  fetch?: StatusFetch | undefined;
  /** Octets. */
  largest: number;
  what: string;
}

/** Reads a body up to the limit. */
async function bounded(response: Response, largest: number, what: string): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    length += part.value.length;
    if (length > largest) {
      await reader?.cancel();
      throw new NoStatus(`The CA's ${what} is larger than ${largest} bytes.`);
    }
    parts.push(part.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
