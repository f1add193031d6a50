import type { z } from "zod";
import {
  crlParts,
  errorOf,
  isJLisErrorCode,
  latestAttributes,
  predecessors,
  registerConsent,
  successor,
} from "./answers.ts";
import { type Answer, exchange, type Message, stream } from "./exchange.ts";
import { type JLis, JLisBusy, JLisRefusal, JLisUnavailable } from "./j-lis.ts";

export interface JLisOptions {
  /** Time limit of an answer, and of a CRL between two chunks, in ms. Default 10 s. */
  timeoutMs?: number;
  /** The longest CRL part, in bytes. Default 1 GiB: some 25 million entries. */
  maxCrlBytes?: number;
}

const defaults = { timeoutMs: 10_000, maxCrlBytes: 2 ** 30 };

/** A status answer, a linkage, a consent, four attributes. */
const maxAnswerBytes = 65_536;
/** The list of parts: 1,741 cities, some 500 bytes each, and as many again for each generation of the CA. */
const maxListBytes = 16 * 1_024 * 1_024;

/** The longest Retry-After that is accepted, in seconds. */
const longestRetryAfter = 86_400;

/** J-LIS over HTTP, as the simulator implements it. `baseUrl` has no trailing slash. */
export function jlisOverHttp(baseUrl: string, options: JLisOptions = {}): JLis {
  const { timeoutMs, maxCrlBytes } = { ...defaults, ...options };

  const send = (path: string, message?: Message, maxBytes = maxAnswerBytes): Promise<Answer> =>
    exchange(`${baseUrl}${path}`, message, { timeoutMs, maxBytes });

  const ask = async <T>(schema: z.ZodType<T>, ...question: Parameters<typeof send>): Promise<T> =>
    read(accepted(await send(...question)), schema);

  /** Requests something that may not exist: `none` is the error code of a 404 that says so. Any other 404 is a wrong URL. */
  const find = async <T>(
    schema: z.ZodType<T>,
    none: string,
    ...question: Parameters<typeof send>
  ): Promise<T | undefined> => {
    const answer = await send(...question);
    if (answer.status === 404 && errorOf(json(answer)) === none) return undefined;
    return read(accepted(answer), schema);
  };

  return {
    async askStatus(request) {
      const message = { contentType: "application/ocsp-request", body: request };
      return accepted(await send("/ocsp", message)).body;
    },

    async predecessors(certificate) {
      const found = await find(predecessors, "UNKNOWN_CERTIFICATE", "/linkage", asJson(certificate));
      return found?.predecessors ?? [];
    },

    async successor(certificate) {
      const question = asJson(certificate);
      return (await find(successor, "UNKNOWN_CERTIFICATE", "/linkage/successor", question))?.successor;
    },

    registerConsent: (cms) => ask(registerConsent, "/consents", asCms(cms)),

    findConsent: (id) => find(registerConsent, "NO_SUCH_CONSENT", `/consents/${encodeURIComponent(id)}`),

    withdrawConsent: (id, cms) =>
      ask(registerConsent, `/consents/${encodeURIComponent(id)}/withdraw`, asCms(cms)),

    latestAttributes: ({ consentId, certificate, items }) =>
      ask(latestAttributes(items), "/attributes", asJson({ consentId, certificate, items })),

    async crlParts() {
      const parts = await ask(crlParts, "/crl", undefined, maxListBytes);
      return parts.filter(({ kind }) => kind === "sign");
    },

    async crl(part) {
      const limits = { timeoutMs, maxBytes: maxCrlBytes };
      const { status, body, cancel } = await stream(`${baseUrl}/crl/${encodeURIComponent(part)}`, limits);
      if (status === 200) return body;
      cancel();
      throw unavailable(status);
    },
  };
}

const asJson = (body: unknown): Message => ({
  contentType: "application/json",
  body: Buffer.from(JSON.stringify(body)),
});

const asCms = (body: Uint8Array): Message => ({ contentType: "application/pkcs7-mime", body });

/** The answer if it is a success; throws what any other status means. */
function accepted(answer: Answer): Answer {
  const { status, headers } = answer;
  if (status === 200 || status === 201) return answer;
  if (status === 429) throw new JLisBusy(retryAfter(headers) * 1_000);
  // The request itself was not acceptable: repeating it will fail again.
  if (status === 400 || status === 413 || status === 415) throw new JLisRefusal("REQUEST_FAILED");
  const error = status === 422 ? errorOf(json(answer)) : undefined;
  if (isJLisErrorCode(error)) throw new JLisRefusal(error);
  throw unavailable(status);
}

const unavailable = (status: number) =>
  new JLisUnavailable(`J-LIS answered HTTP ${status}. Try again later.`);

/** Seconds in a Retry-After (RFC 9110 §10.2.3); one if it is missing or a date. */
function retryAfter(headers: Headers): number {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,9}$/.test(text) ? Math.min(Number(text), longestRetryAfter) : 1;
}

function read<T>(answer: Answer, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(json(answer));
  if (parsed.success) return parsed.data;
  throw new JLisUnavailable("J-LIS answered in a form this adapter does not know.");
}

/** The answer's JSON; `undefined` if it is not JSON. */
function json({ body }: Answer): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}
