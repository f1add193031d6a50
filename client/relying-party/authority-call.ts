import { type Problem, problem } from "../../protocol/problem.ts";

/** The CA refused, with a reason and what to do next. `problem` is the whole document (RFC 9457). */
export class PartyRefusal extends Error {
  override name = "PartyRefusal";
  readonly problem: Problem;
  readonly code: Problem["code"];
  readonly status: number;

  constructor(document: Problem) {
    super(`${document.title} ${document.detail}`);
    this.problem = document;
    this.code = document.code;
    this.status = document.status;
  }
}

/** No answer, or an unreadable one. The request may be repeated. */
export class AuthorityUnreachable extends Error {
  override name = "AuthorityUnreachable";
}

/** An access token, and proofs of possession of its key (DPoP, RFC 9449). */
export interface BoundToken {
  accessToken: string;
  /** A fresh proof for one request: method, URL without its query, and the hash of this token. */
  proof(method: string, url: string): Promise<string>;
}

/** The CA's address, and the party's credentials. */
export interface RelyingPartyOptions {
  /** URL of the CA's gateway, without a trailing slash. */
  gateway: string;
  /** A valid token with the scope that the client names; called before every request. */
  token: () => Promise<BoundToken>;
}

/** A request of a party: its body, and an Idempotency-Key. */
export interface AuthorityRequest {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: object;
  key?: string;
}

const timeoutMs = 30_000;

/** Sends a request with a token and a proof. @throws PartyRefusal, AuthorityUnreachable */
export async function callAuthority(
  { gateway, token }: RelyingPartyOptions,
  { method, path, body, key }: AuthorityRequest,
): Promise<unknown> {
  const url = `${gateway}${path}`;
  const bound = await token();
  const headers = {
    accept: "application/json",
    authorization: `DPoP ${bound.accessToken}`,
    dpop: await bound.proof(method, url.replace(/\?.*/, "")),
    ...(body ? { "content-type": "application/json" } : {}),
    ...(key === undefined ? {} : { "idempotency-key": `"${key}"` }),
  };
  const { ok, answer } = await fetched(url, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (ok) return answer;
  const refusal = problem.safeParse(answer);
  if (refusal.success) throw new PartyRefusal(refusal.data);
  throw new AuthorityUnreachable("The CA's answer is no problem document: something else answered.");
}

async function fetched(url: string, request: RequestInit): Promise<{ ok: boolean; answer: unknown }> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { ...request, redirect: "error", signal });
    return { ok: response.ok, answer: await response.json() };
  } catch (cause) {
    throw new AuthorityUnreachable("The CA does not answer. Send the same request again later.", { cause });
  }
}
