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
import { findAccount } from "../account-book.ts";
import { type AskingState, outcomeOf, refusePush } from "./outcomes.ts";
import type { Sessions } from "./sessions.ts";
import { acceptSigned, type CheckSignature } from "./signing.ts";
import { addTransfer, detailOf, dropTransfer, type OrderedTransfer } from "./transfers.ts";

/** The bank has asked the CA who somebody is, and perhaps for their signature under a transfer. */
export interface Asking {
  id: string;
  /** The browser that began: no other sees it. */
  visitor: string;
  state: AskingState;
  /** Why it failed, for the page. */
  reason?: string;
  /** With a push: what the page shows and the phone asks for. */
  number?: number;
  expiresAt: number;
  transfer?: OrderedTransfer;
  pending?: PendingLogin;
  /** What the browser that began is given when it looks: a session, and what shows later that it was here. */
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

/** What the bank waits for. Kept in memory: after a restart a customer begins anew. */
export class Askings {
  readonly #deps: AskingsDeps;
  readonly #all = new Map<string, Asking>();

  constructor(deps: AskingsDeps) {
    this.#deps = deps;
  }

  /** The browser is to be sent to the CA's page. */
  async byRedirect(
    visitor: string,
    transfer?: OrderedTransfer,
  ): Promise<{ asking: Asking; redirectTo: string }> {
    const { authority, redirectUri } = this.#deps;
    const details = transfer ? [detailOf(transfer)] : [];
    const { redirectTo, pending } = await beginLogin(await authority.client(), redirectUri(), details);
    return { asking: await this.#keep(visitor, redirectSeconds, { transfer, pending }), redirectTo };
  }

  /** Asks on the phone of whoever has used this browser. @throws HttpRefusal where the CA does not */
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

  /** A browser is back from the CA. Undefined where it is not the one that began. */
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

  /** The asking, for the browser that began it. */
  async find(visitor: string, id: string): Promise<Asking | undefined> {
    const asking = this.#all.get(id);
    if (asking?.visitor !== visitor) return undefined;
    if (asking.state === "open" && asking.expiresAt < Date.now()) await this.#end(asking, "expired");
    return asking;
  }

  /** The customer does not go on. */
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

  /** What the CA has accepted is written down. */
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
