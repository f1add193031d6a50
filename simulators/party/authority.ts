import {
  allowInsecureRequests,
  type Configuration,
  type CustomFetch,
  clientCredentialsGrant,
  customFetch,
  type DPoPHandle,
  discovery,
  fetchProtectedResource,
  getDPoPHandle,
  PrivateKeyJwt,
  randomDPoPKeyPair,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { z } from "zod";
import type { Secrets } from "./secrets.ts";

export interface AuthorityOptions {
  /** URL of the CA's gateway, without a trailing slash. */
  gateway: string;
  clientId: string;
  clientKey: Secrets["clientKey"];
  /** Scopes of its tokens, separated by spaces. */
  scope: string;
  /** Aborts every pending request when the party closes. */
  closing: AbortSignal;
}

/** The CA answered with an error status. `code` is that of its problem document, empty without one. */
export class AuthorityRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`The CA answered ${status}${code === "" ? "" : ` (${code})`}.`);
    this.status = status;
    this.code = code;
  }
}

/** The party's client at the CA, and this process's key, to which its tokens are bound. */
export interface Client {
  configuration: Configuration;
  dpop: DPoPHandle;
}

interface Token {
  value: string;
  /** Milliseconds since 1970 from which it is no longer used. */
  renewAt: number;
}

/** Time limit of a request, seconds: longer than the CA holds a long poll. */
const timeoutSeconds = 45;
const metadata = { dpop_bound_access_tokens: true, id_token_signed_response_alg: "ES256" };
const problem = z.object({ code: z.string().max(64) });

/**
 * The CA as used by a party's programs. Tokens are requested with the party's key (private_key_jwt, RFC 7523) and bound to a
 * key of this process (DPoP, RFC 9449).
 */
export class Authority {
  readonly #options: AuthorityOptions;
  #client: Promise<Client> | undefined;
  #token: Promise<Token> | undefined;

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  get gateway(): string {
    return this.#options.gateway;
  }

  /** Fetches public JSON. @throws AuthorityRefusal for a status other than 2xx */
  async read(url: string): Promise<unknown> {
    const signal = AbortSignal.any([this.#options.closing, AbortSignal.timeout(timeoutSeconds * 1_000)]);
    return answerOf(await fetch(url, { redirect: "error", signal }));
  }

  /**
   * Sends a request with the party's token; returns the parsed JSON of the answer, `undefined` if it is empty. A token that the
   * CA no longer accepts is replaced once.
   * @throws AuthorityRefusal for a status other than 2xx; what openid-client throws if the CA is unreachable
   */
  async call(method: "GET" | "POST" | "PATCH", url: string, body?: unknown): Promise<unknown> {
    const token = await this.#currentToken();
    try {
      return await this.#send(token, method, url, body);
    } catch (error) {
      if (!(error instanceof AuthorityRefusal) || error.status !== 401) throw error;
      await this.#forget(token);
      return this.#send(await this.#currentToken(), method, url, body);
    }
  }

  /**
   * Sends a request to another party, with a token that the CA has bound to this party's key. Throws what {@link call} throws.
   */
  async askOther(token: string, url: string): Promise<unknown> {
    return this.#send({ value: token, renewAt: 0 }, "GET", url, undefined);
  }

  /** Drops this token, but not one that another call has fetched in the meantime. */
  async #forget(token: Token): Promise<void> {
    const held = this.#token;
    if ((await held) === token && this.#token === held) this.#token = undefined;
  }

  async #send(token: Token, method: string, url: string, body: unknown): Promise<unknown> {
    const { configuration, dpop } = await this.client();
    const headers = new Headers({ accept: "application/json" });
    if (body !== undefined) headers.set("content-type", "application/json");
    const text = body === undefined ? undefined : JSON.stringify(body);
    const options = { DPoP: dpop };
    const response = await fetchProtectedResource(
      configuration,
      token.value,
      new URL(url),
      method,
      text,
      headers,
      options,
    ).catch((error: unknown) => {
      if (error instanceof WWWAuthenticateChallengeError) return error.response;
      throw error;
    });
    return answerOf(response);
  }

  /** The client, once the CA's metadata is fetched. Throws what openid-client throws. */
  client(): Promise<Client> {
    this.#client ??= this.#discover().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #discover(): Promise<Client> {
    const { gateway, clientId, clientKey, closing } = this.#options;
    const issuer = new URL(`${gateway}/openid`);
    const untilClosed: CustomFetch = (url, { signal, ...options }) =>
      fetch(url, {
        ...options,
        body: options.body ?? null,
        signal: signal ? AbortSignal.any([closing, signal]) : closing,
      });
    const configuration = await discovery(issuer, clientId, metadata, PrivateKeyJwt(clientKey), {
      // A demonstration's gateway has no TLS; with TLS, plain HTTP is never used.
      execute: issuer.protocol === "http:" ? [allowInsecureRequests] : [],
      [customFetch]: untilClosed,
      timeout: timeoutSeconds,
    });
    return { configuration, dpop: getDPoPHandle(configuration, await randomDPoPKeyPair("ES256")) };
  }

  async #currentToken(): Promise<Token> {
    this.#token ??= this.#askForToken().catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
    const token = await this.#token;
    if (Date.now() < token.renewAt) return token;
    await this.#forget(token);
    return this.#currentToken();
  }

  async #askForToken(): Promise<Token> {
    const { configuration, dpop } = await this.client();
    const askedAt = Date.now();
    const { scope } = this.#options;
    const answer = await clientCredentialsGrant(configuration, { scope }, { DPoP: dpop });
    // Renewed at nine tenths of its lifetime, to allow for transfer.
    return { value: answer.access_token, renewAt: askedAt + Math.max(answer.expires_in ?? 60, 1) * 900 };
  }
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  const json = parse(text);
  if (response.ok) return json;
  throw new AuthorityRefusal(response.status, problem.safeParse(json).data?.code ?? "");
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // handled as an invalid answer by the caller
  }
}
