import { Callers } from "./callers.ts";
import { curlOf, type SeenRequest } from "./curl.ts";
import { claimsOf, shortenedJson, shortenedUrl } from "./shorten.ts";

/** A response, as it was sent. */
export interface SeenAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  ms: number;
}

/** A request of a party, or of the browser it has sent to the CA, and its answer. Secrets are shortened. */
export interface Exchange {
  id: number;
  /** ISO 8601, UTC. */
  at: string;
  /** What it was for, by {@link kindOf}. */
  kind: string;
  client: string | undefined;
  method: string;
  path: string;
  status: number;
  ms: number;
  curl: string;
  /** The answer's `Location`, and its JSON. */
  location: string | undefined;
  answer: unknown;
  /** How many equal ones there were in a row: polls that found nothing. */
  times: number;
}

const kinds: readonly [kind: string, method: string | undefined, path: RegExp][] = [
  ["discovery", "GET", /^\/(?:openid|oidc)\/\.well-known\//],
  ["discovery", "GET", /^\/\.well-known\/(?:oauth-authorization-server|ssf-configuration)/],
  ["keys", "GET", /^\/(?:(?:openid|oidc)\/jwks|jwks\.json)$/],
  ["pushed-request", "POST", /^\/openid\/request$/],
  ["backchannel", "POST", /^\/openid\/backchannel$/],
  ["login-begins", "GET", /^\/(?:openid|oidc)\/auth$/],
  ["login-ends", "GET", /^\/(?:openid|oidc)\/auth\/[^/]+$/],
  ["login-page", "GET", /^\/(?:openid|oidc)\/login\/[^/]+$/],
  ["login-returns", "GET", /^\/(?:openid|oidc)\/login\/[^/]+\/(?:return|cancel)$/],
  ["token", "POST", /^\/(?:openid|oidc)\/token$/],
  ["userinfo", undefined, /^\/(?:openid|oidc)\/me$/],
  ["poll", "POST", /^\/ssf\/poll\//],
  ["stream", undefined, /^\/ssf\//],
  ["attributes", "GET", /^\/v1\/attributes$/],
  ["acknowledgement", "POST", /^\/v1\/acknowledgements$/],
  ["transaction", undefined, /^\/v1\/transactions(?:\/|$)/],
  ["link", undefined, /^\/v1\/links(?:\/|$)/],
];

/** What a request of a party is for; undefined for those of phones, operators and pages. */
export const kindOf = (method: string, path: string): string | undefined =>
  kinds.find(([, only, shape]) => (only === undefined || only === method) && shape.test(path))?.[0];

const mostKept = 200;
const mostBodyCharacters = 16_384;

/** The last requests of parties, newest last, for a page that shows them. In memory only. */
export class Trace {
  readonly #callers = new Callers();
  #exchanges: Exchange[] = [];
  #next = 1;
  #onChange: () => void = () => {};

  get exchanges(): readonly Exchange[] {
    return this.#exchanges;
  }

  /** Called after each new exchange. */
  listen(onChange: () => void): void {
    this.#onChange = onChange;
  }

  clear(): void {
    this.#exchanges = [];
    this.#onChange();
  }

  /** Keeps what a party, or a browser on its behalf, has asked; ignores everything else. */
  take = (request: SeenRequest, answer: SeenAnswer): void => {
    const kind = kindOf(request.method, request.url.pathname);
    if (kind === undefined) return;
    const body = parsed(answer.body);
    const location = typeof answer.headers["location"] === "string" ? answer.headers["location"] : undefined;
    const client = this.#callers.clientOf(request);
    if (client !== undefined) this.#callers.remember(client, { location, body });
    this.#keep({
      kind,
      client,
      method: request.method,
      path: request.url.pathname,
      status: answer.status,
      ms: answer.ms,
      curl: curlOf(request),
      location: location && shortenedUrl(new URL(location, request.url.origin)),
      answer: shortenedJson(body),
    });
  };

  /** Keeps an event that was pushed to the sandbox's own receiver. */
  takePush(party: string, request: SeenRequest): void {
    this.#keep({
      kind: "push",
      client: party,
      method: request.method,
      path: request.url.pathname,
      status: 202,
      ms: 0,
      curl: curlOf(request),
      location: undefined,
      answer: claimsOf(request.body),
    });
  }

  #keep(seen: Omit<Exchange, "id" | "at" | "times">): void {
    const last = this.#exchanges.at(-1);
    const at = new Date().toISOString();
    if (last && isEmptyPoll(seen) && isEmptyPoll(last) && last.path === seen.path)
      this.#exchanges = [...this.#exchanges.slice(0, -1), { ...last, ...seen, at, times: last.times + 1 }];
    else this.#exchanges = [...this.#exchanges, { id: this.#next++, at, ...seen, times: 1 }].slice(-mostKept);
    this.#onChange();
  }
}

const isEmptyPoll = ({ kind, answer, status }: Pick<Exchange, "kind" | "answer" | "status">): boolean =>
  kind === "poll" &&
  status === 200 &&
  Object.keys((answer as { sets?: object } | undefined)?.sets ?? {}).length === 0;

function parsed(body: string): unknown {
  if (body.length > mostBodyCharacters) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
