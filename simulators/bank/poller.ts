import type { Pool } from "pg";
import { z } from "zod";
import type { Authority } from "../party/authority.ts";
import { findConnection } from "./connection.ts";
import { storeEvent } from "./event-store.ts";
import { KeysUnreachable, SetRefusal, type SetVerifier } from "./security-event.ts";

const answer = z.object({ sets: z.record(z.string(), z.string()), moreAvailable: z.boolean().optional() });

/** The acknowledgements of the last response's tokens, sent with the next request (RFC 8936 §2.4). */
interface Acknowledged {
  ack: string[];
  setErrs: Record<string, { err: string; description: string }>;
}

/** Polls for events (RFC 8936): stores them first, and acknowledges them with the next request. */
export class Poller {
  readonly #pool: Pool;
  readonly #authority: Authority;
  readonly #verifier: SetVerifier;
  #unsent: Acknowledged = { ack: [], setErrs: {} };

  constructor(pool: Pool, authority: Authority, verifier: SetVerifier) {
    this.#pool = pool;
    this.#authority = authority;
    this.#verifier = verifier;
  }

  /**
   * Polls once; without events the CA holds the request for a while, unless there is something to acknowledge.
   * @returns the number of tokens, or `undefined` if the bank has no polling stream
   * @throws KeysUnreachable, AuthorityRefusal or what fetch throws: retry
   */
  async poll(): Promise<number | undefined> {
    const connection = await findConnection(this.#pool);
    if (connection?.method !== "poll" || connection.pollEndpoint === null) return undefined;
    const sending = this.#unsent;
    const body = {
      maxEvents: 50,
      returnImmediately: sending.ack.length > 0 || Object.keys(sending.setErrs).length > 0,
      ...sending,
    };
    const { data } = answer.safeParse(await this.#authority.call("POST", connection.pollEndpoint, body));
    if (data === undefined) throw new Error("The CA's answer to a poll is not of RFC 8936.");
    this.#unsent = { ack: [], setErrs: {} };
    let unverifiable: KeysUnreachable | undefined;
    for (const [jti, set] of Object.entries(data.sets)) {
      try {
        const event = await this.#verifier.verify(set, connection);
        if (event.jti !== jti)
          throw new SetRefusal("invalid_request", "Its jti is not the key under which it was sent.");
        await storeEvent(this.#pool, event, "poll");
        this.#unsent.ack.push(jti);
      } catch (error) {
        // Not acknowledged, so it is sent again.
        if (error instanceof KeysUnreachable) unverifiable = error;
        else if (error instanceof SetRefusal)
          this.#unsent.setErrs[jti] = { err: error.code, description: error.message };
        else throw error;
      }
    }
    if (unverifiable) throw unverifiable;
    return Object.keys(data.sets).length;
  }
}
