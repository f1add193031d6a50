import type { Pool } from "pg";
import { type Authority, AuthorityRefusal } from "../party/authority.ts";
import { applyDisclosed, findAccount, lockAccount, noteCredentialChange } from "./accounts.ts";
import {
  type Acknowledgement,
  keepAcknowledgement,
  noteAcknowledgement,
  type Unsent,
  unsentAcknowledgements,
} from "./acknowledgements.ts";
import { noteStreamStatus, noteVerification } from "./connection.ts";
import { inTransaction } from "./database.ts";
import { type Disclosed, fetchDisclosed } from "./disclosed.ts";
import { noteFailure, type StoredEvent, settleEvent, unprocessedEvents } from "./event-store.ts";
import { eventTypes, payloads } from "./security-event.ts";

/** How a different name is handled: applied, or reviewed first. */
export interface Policy {
  reviewNames: boolean;
}

/** How often an acknowledgement refused as unexpected is retried: the CA may still be recording the delivery. */
const unexpectedAtMost = 8;

/** Processes stored events: fetches the values, updates the accounts, and acknowledges to the CA. */
export class Clerk {
  readonly #pool: Pool;
  readonly #authority: Authority;
  readonly #policy: Policy;

  constructor(pool: Pool, authority: Authority, policy: Policy) {
    this.#pool = pool;
    this.#authority = authority;
    this.#policy = policy;
  }

  /**
   * Processes all pending work once. A failure is recorded and does not block the rest: a version read later is newer, so no
   * order is needed.
   * @returns whether something must be retried
   */
  async round(): Promise<boolean> {
    let left = false;
    for (let events = await unprocessedEvents(this.#pool); events.length > 0; ) {
      for (const event of events) left = !(await this.#attempt(event)) || left;
      events = await unprocessedEvents(this.#pool, events.at(-1)?.position);
    }
    for (const ack of await unsentAcknowledgements(this.#pool)) left = !(await this.#send(ack)) || left;
    return left;
  }

  async #attempt(event: StoredEvent): Promise<boolean> {
    try {
      await this.#process(event);
      return true;
    } catch (error) {
      await noteFailure(this.#pool, event.jti, reasonOf(error));
      return false;
    }
  }

  async #process(event: StoredEvent): Promise<void> {
    if (event.event === eventTypes.attributesChanged) return this.#attributesChanged(event);
    await inTransaction(this.#pool, async (sql) => {
      await settleEvent(sql, event.jti, await this.#note(sql, event));
    });
  }

  async #note(sql: Parameters<typeof settleEvent>[0], event: StoredEvent): Promise<string> {
    switch (event.event) {
      case eventTypes.credentialChange:
        return (await noteCredentialChange(sql, event.subject ?? "")) ? "noted" : "no-account";
      case eventTypes.verification: {
        const { state } = payloads[eventTypes.verification].parse(event.claims);
        return (await noteVerification(sql, state)) ? "verified" : "not-asked-for";
      }
      case eventTypes.streamUpdated: {
        const { status } = payloads[eventTypes.streamUpdated].parse(event.claims);
        await noteStreamStatus(sql, status);
        return "noted";
      }
      default:
        return "kept";
    }
  }

  async #attributesChanged(event: StoredEvent): Promise<void> {
    const { consent_id, anchor_version } = payloads[eventTypes.attributesChanged].parse(event.claims);
    const subject = event.subject ?? "";
    const version = { consentId: consent_id, anchorVersion: anchor_version, subject };
    if ((await findAccount(this.#pool, subject)) === undefined)
      return this.#settle(event, { ...version, outcome: "rejected", reason: "no-account" });
    const news = await this.#fetch(consent_id);
    // The person withdrew after the event: nothing may be read, and nothing is acknowledged.
    if (news === undefined)
      return inTransaction(this.#pool, (sql) => settleEvent(sql, event.jti, "consent-ended"));
    if (news.sub !== subject)
      return this.#settle(event, { ...version, outcome: "rejected", reason: "other-subject" });
    if (news.anchorVersion < anchor_version) throw new Error("older-than-event");
    await inTransaction(this.#pool, async (sql) => {
      const account = await lockAccount(sql, subject);
      if (account === undefined) throw new Error("account-gone");
      const outcome = await applyDisclosed(sql, account, news, this.#policy);
      await keepAcknowledgement(sql, { ...version, outcome });
      await settleEvent(sql, event.jti, outcome);
    });
  }

  async #fetch(consentId: string): Promise<Disclosed | undefined> {
    try {
      return await fetchDisclosed(this.#authority, consentId);
    } catch (error) {
      if (error instanceof AuthorityRefusal && error.code === "CONSENT_NOT_IN_FORCE") return undefined;
      throw error;
    }
  }

  #settle(event: StoredEvent, ack: Acknowledgement): Promise<void> {
    return inTransaction(this.#pool, async (sql) => {
      await keepAcknowledgement(sql, ack);
      await settleEvent(sql, event.jti, ack.reason ?? ack.outcome);
    });
  }

  async #send(ack: Unsent): Promise<boolean> {
    const { consentId, anchorVersion, outcome, reason } = ack;
    try {
      const body = { consentId, anchorVersion, outcome, ...(reason === undefined ? {} : { reason }) };
      await this.#authority.call("POST", `${this.#authority.gateway}/v1/acknowledgements`, body);
      await noteAcknowledgement(this.#pool, ack, "sent");
      return true;
    } catch (error) {
      const final = isFinal(error, ack.attempts);
      await noteAcknowledgement(this.#pool, ack, final ? "refused" : "unsent", reasonOf(error));
      return final;
    }
  }
}

function isFinal(error: unknown, attempts: number): boolean {
  if (!(error instanceof AuthorityRefusal)) return false;
  if (error.code === "ACKNOWLEDGEMENT_UNEXPECTED") return attempts + 1 >= unexpectedAtMost;
  return error.status >= 400 && error.status < 500 && ![401, 403, 408, 429].includes(error.status);
}

/** The failure as a short code, never another party's text. */
function reasonOf(error: unknown): string {
  if (error instanceof AuthorityRefusal) return `${error.status} ${error.code}`.trim();
  return error instanceof Error ? error.message.slice(0, 200) : "unknown";
}
