import type { z } from "zod";
import {
  type AboutParty,
  aboutParty,
  type OwnEvents,
  type OwnReads,
  ownEvents,
  ownReads,
  type PartyKeys,
  partyKeys,
  type ReplayAsked,
  type Replayed,
  replayAsked,
  replayed,
} from "../../protocol/own-interface.ts";
import {
  type AuthorityRequest,
  AuthorityUnreachable,
  callAuthority,
  type RelyingPartyOptions,
} from "./authority-call.ts";

/** One page of a list: `after` is `next` of the page before; at most 100 rows, 50 by default. */
export interface OwnPage {
  after?: string;
  limit?: number;
}

/**
 * A client of the party's own interface, `/v1/party`: keys, events, reads, and the addresses of the CA. The party's OAuth
 * library obtains the tokens, with the scope `party`. Every method throws PartyRefusal or AuthorityUnreachable.
 *
 * @example
 * for (const { jti, lastError } of (await own.events({ state: "dead-lettered" })).events) {
 *   console.log(jti, lastError);
 *   await own.replay({ jti });
 * }
 */
export class OwnInterfaceClient {
  readonly #options: RelyingPartyOptions;

  constructor(options: RelyingPartyOptions) {
    this.#options = options;
  }

  /** The party and its client, both issuers, and the addresses and fingerprints of roots, issuing CAs and CRLs. */
  about(): Promise<AboutParty> {
    return this.#call(aboutParty, { method: "GET", path: "/v1/party" });
  }

  /** The client's registered keys, ended ones included; or where it publishes them. */
  keys(): Promise<PartyKeys> {
    return this.#call(partyKeys, { method: "GET", path: "/v1/party/keys" });
  }

  /**
   * Adds a public key beside the others: P-256, RSA of 2048 bits or more, or Ed25519, with a `kid` of its own.
   * @param expiresAt when it ends; never by default
   * @returns all keys
   * @throws PartyRefusal with code CLIENT_KEY_UNUSABLE or CLIENT_KEYS_PUBLISHED
   */
  addKey(jwk: { kty: string; kid: string }, expiresAt?: Date): Promise<PartyKeys> {
    const body = { jwk, ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}) };
    return this.#call(partyKeys, { method: "POST", path: "/v1/party/keys", body });
  }

  /**
   * Sets when a key ends, by its thumbprint; `null`: it does not.
   * @throws PartyRefusal with code CLIENT_KEY_NEEDED if no other key would be good for a day
   */
  setKeyExpiry(thumbprint: string, expiresAt: Date | null): Promise<PartyKeys> {
    const body = { expiresAt: expiresAt?.toISOString() ?? null };
    return this.#call(partyKeys, { method: "PATCH", path: keyPath(thumbprint), body });
  }

  /**
   * Removes a key, by its thumbprint, with a token that its successor obtained.
   * @throws PartyRefusal with code CLIENT_KEY_NEEDED if the token is of this key, or if no other would be good for a day
   */
  removeKey(thumbprint: string): Promise<PartyKeys> {
    return this.#call(partyKeys, { method: "DELETE", path: keyPath(thumbprint) });
  }

  /** Events of one state, `pending` by default: undelivered ones oldest first, delivered ones newest first. */
  events(asked: OwnPage & { state?: "pending" | "dead-lettered" | "delivered" } = {}): Promise<OwnEvents> {
    return this.#call(ownEvents, { method: "GET", path: `/v1/party/events${queryOf(asked)}` });
  }

  /**
   * Sends events again: one, or up to 100 of a time range. If `more` is true, ask again with `after` set to the last `jti`.
   * @throws PartyRefusal with code EVENT_NOT_REPLAYABLE or NOT_FOUND, for one event
   */
  replay(asked: ReplayAsked): Promise<Replayed> {
    return this.#call(replayed, {
      method: "POST",
      path: "/v1/party/replays",
      body: replayAsked.parse(asked),
    });
  }

  /** The party's reads of attributes in the last 30 days, without values, newest first; of one pseudonym with `sub`. */
  reads(asked: OwnPage & { sub?: string } = {}): Promise<OwnReads> {
    return this.#call(ownReads, { method: "GET", path: `/v1/party/reads${queryOf(asked)}` });
  }

  async #call<T extends z.ZodType>(schema: T, request: AuthorityRequest): Promise<z.infer<T>> {
    const answer = schema.safeParse(await callAuthority(this.#options, request));
    if (!answer.success)
      throw new AuthorityUnreachable("The answer does not match this version of the interface.");
    return answer.data;
  }
}

const keyPath = (thumbprint: string): string => `/v1/party/keys/${encodeURIComponent(thumbprint)}`;

function queryOf(asked: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? "" : `?${query.toString()}`;
}
