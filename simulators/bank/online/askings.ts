import { randomInt, randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { Authority } from "../../party/authority.ts";
import {
  beginLogin,
  finishLogin,
  type LoggedIn,
  type PendingLogin,
  pushLogin,
  untilAnswered,
} from "../../party/login.ts";
import { findAccount } from "../accounts.ts";
import { type AskingState, outcomeOf, refusePush } from "./outcomes.ts";
import type { Sessions } from "./sessions.ts";
import { acceptSigned, type CheckSignature } from "./signing.ts";
import { addTransfer, detailOf, dropTransfer, type OrderedTransfer } from "./transfers.ts";

/** A request of the bank to the CA for a login, optionally with the signature of a transfer. */
export interface Asking {
  id: string;
  /** The browser that started it: no other can see it. */
  visitor: string;
  state: AskingState;
  /** Why it failed, for the page. */
  reason?: string;
  /** For a push: the number that the page shows and the phone asks for. */
  number?: number;
  expiresAt: number;
  transfer?: OrderedTransfer;
  pending?: PendingLogin;
  /** For the browser that started it: a session, and a token that later identifies this browser. */
  session?: string;
  browserToken?: string | undefined;
}

export interface AskingsDeps {
  pool: Pool;
  authority: Authority;
  sessions: Sessions;
  checkSignature: CheckSignature;
  redirectUri: () => string;
  closing: AbortSignal;
  log: (line: string) => void;
}

const pushSeconds = 120;
const redirectSeconds = 600;
const most = 10_000;

/** The bank's pending requests. Kept in memory: after a restart a customer starts again. */
export class Askings {
  readonly #deps: AskingsDeps;
  readonly #all = new Map<string, Asking>();

  constructor(deps: AskingsDeps) {
    this.#deps = deps;
  }

  /** Redirects the browser to the CA's page. */
  async byRedirect(
    visitor: string,
    transfer?: OrderedTransfer,
  ): Promise<{ asking: Asking; redirectTo: string }> {
    const { authority, redirectUri } = this.#deps;
    const details = transfer ? [detailOf(transfer)] : [];
    const { redirectTo, pending } = await beginLogin(await authority.client(), redirectUri(), details);
    return { asking: await this.#keep(visitor, redirectSeconds, { transfer, pending }), redirectTo };
  }

  /** Requests a login on the phone of this browser's user. @throws HttpRefusal if the CA refuses */
  async byPush(visitor: string, browserToken: string, transfer?: OrderedTransfer): Promise<Asking> {
    const { authority, closing } = this.#deps;
    const client = await authority.client();
    const number = randomInt(10, 100);
    const details = transfer ? [detailOf(transfer)] : [];
    const message = transfer ? "振込" : "ログイン";
    const asked = { browserToken, message, number, seconds: pushSeconds, details };
    const pushed = await pushLogin(client, asked).catch(refusePush);
    const asking = await this.#keep(visitor, pushed.expires_in, { transfer, number });
    void this.#settle(asking, untilAnswered(client, pushed, closing));
    return asking;
  }

  /** A browser returns from the CA. Undefined if it is not the one that started. */
  async cameBack(visitor: string, query: URLSearchParams): Promise<Asking | undefined> {
    const state = query.get("state") ?? "";
    const asking = [...this.#all.values()].find((each) => each.pending?.state === state);
    if (asking?.visitor !== visitor) return undefined;
    const { pending } = asking;
    delete asking.pending;
    if (pending && asking.state === "open")
      await this.#settle(asking, finishLogin(await this.#deps.authority.client(), query, pending));
    return asking;
  }

  /** The request, for the browser that started it. */
  async find(visitor: string, id: string): Promise<Asking | undefined> {
    const asking = this.#all.get(id);
    if (asking?.visitor !== visitor) return undefined;
    if (asking.state === "open" && asking.expiresAt < Date.now()) await this.#end(asking, "expired");
    return asking;
  }

  /** The customer cancels. */
  async end(visitor: string, id: string): Promise<void> {
    const asking = await this.find(visitor, id);
    if (asking?.state === "open") await this.#end(asking, "declined");
  }

  async #settle(asking: Asking, answer: Promise<LoggedIn>): Promise<void> {
    const { log } = this.#deps;
    try {
      const who = await answer;
      if (asking.state === "open") await this.#accept(asking, who);
    } catch (error) {
      const isOver = asking.expiresAt <= Date.now();
      const { state, reason } = isOver ? { state: "expired" as const, reason: undefined } : outcomeOf(error);
      if (state === "failed") log(`an asking failed: ${(error as Error).name} ${reason ?? ""}`);
      if (asking.state === "open") await this.#end(asking, state, reason);
    }
  }

  async #accept(asking: Asking, who: LoggedIn): Promise<void> {
    const { pool, sessions } = this.#deps;
    if (asking.transfer) await acceptSigned(this.#deps, asking.transfer, who);
    else if (await findAccount(pool, who.subject)) asking.session = sessions.begin(who.subject);
    else return this.#end(asking, "failed", "NO_ACCOUNT");
    asking.browserToken = who.browserToken;
    asking.state = "done";
  }

  async #end(asking: Asking, state: AskingState, reason?: string): Promise<void> {
    asking.state = state;
    if (reason !== undefined) asking.reason = reason;
    if (asking.transfer) await dropTransfer(this.#deps.pool, asking.transfer.id).catch(() => {});
  }

  /** Stores what the CA has accepted. */
  async #keep(
    visitor: string,
    seconds: number,
    { transfer, ...more }: { transfer: OrderedTransfer | undefined; pending?: PendingLogin; number?: number },
  ): Promise<Asking> {
    if (transfer) await addTransfer(this.#deps.pool, transfer);
    const now = Date.now();
    for (const [id, { expiresAt }] of this.#all)
      if (expiresAt + redirectSeconds * 1_000 < now || this.#all.size >= most) this.#all.delete(id);
    const expiresAt = now + seconds * 1_000;
    const asking: Asking = { id: randomUUID(), visitor, state: "open", expiresAt, ...more };
    if (transfer) asking.transfer = transfer;
    this.#all.set(asking.id, asking);
    return asking;
  }
}
