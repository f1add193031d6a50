import {
  type Acknowledgement,
  acknowledgement,
  type DisclosedAttributes,
  disclosedAttributes,
} from "../../protocol/events.ts";
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
  /** A valid token with the scope `attributes`; called before every request. */
  token: () => Promise<BoundToken>;
}

const timeoutMs = 30_000;

/**
 * A relying party's client of the CA's gateway. The party's OAuth library obtains the tokens.
 *
 * @example
 * const event = await verifySet(set, { jwks, issuer: stream.iss, audience: stream.aud });
 * if (event.type === "attributes-changed") {
 *   const now = await ca.attributes(event.consentId);
 *   await customers.write(now.sub, now.attributes);
 *   await ca.acknowledge({ consentId: now.consentId, anchorVersion: now.anchorVersion, outcome: "applied" });
 * }
 */
export class RelyingPartyClient {
  readonly #options: RelyingPartyOptions;

  constructor(options: RelyingPartyOptions) {
    this.#options = options;
  }

  /**
   * The consented attributes as the person last agreed to them. With `furigana`, the name has its furigana (フリガナ) if the
   * register has supplied it; a CA older than 30 November 2026 refuses the option as malformed.
   * @throws PartyRefusal with code CONSENT_NOT_IN_FORCE if the person has withdrawn: delete what is not needed
   * @throws AuthorityUnreachable
   */
  async attributes(consentId: string, ask: { furigana?: boolean } = {}): Promise<DisclosedAttributes> {
    const include = ask.furigana ? "&include=furigana" : "";
    const path = `/v1/attributes?consent=${encodeURIComponent(consentId)}${include}`;
    const answer = disclosedAttributes.safeParse(await this.#send("GET", path));
    if (!answer.success || answer.data.consentId !== consentId)
      throw new AuthorityUnreachable("The answer does not match this version of the interface.");
    return answer.data;
  }

  /**
   * Acknowledges a version; idempotent. Repeated once under the same Idempotency-Key if there is no answer.
   * @throws PartyRefusal with code ACKNOWLEDGEMENT_UNEXPECTED; AuthorityUnreachable
   */
  async acknowledge(what: Acknowledgement): Promise<void> {
    const body = acknowledgement.parse(what);
    const key = crypto.randomUUID();
    const send = () => this.#send("POST", "/v1/acknowledgements", { body, key });
    await send().catch((error: unknown) => {
      if (!(error instanceof AuthorityUnreachable)) throw error;
      return send();
    });
  }

  async #send(
    method: "GET" | "POST",
    path: string,
    { body, key }: { body?: object; key?: string } = {},
  ): Promise<unknown> {
    const { gateway, token } = this.#options;
    const url = `${gateway}${path}`;
    const bound = await token();
    const headers = {
      accept: "application/json",
      authorization: `DPoP ${bound.accessToken}`,
      dpop: await bound.proof(method, url.replace(/\?.*/, "")),
      ...(body ? { "content-type": "application/json" } : {}),
      ...(key === undefined ? {} : { "idempotency-key": `"${key}"` }),
    };
    const { ok, answer } = await this.#fetch(url, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (ok) return answer;
    const refusal = problem.safeParse(answer);
    if (refusal.success) throw new PartyRefusal(refusal.data);
    throw new AuthorityUnreachable("The CA's answer is no problem document: something else answered.");
  }

  async #fetch(url: string, request: RequestInit): Promise<{ ok: boolean; answer: unknown }> {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, { ...request, redirect: "error", signal });
      return { ok: response.ok, answer: await response.json() };
    } catch (cause) {
      throw new AuthorityUnreachable("The CA does not answer. Send the same request again later.", { cause });
    }
  }
}
