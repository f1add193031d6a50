import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { SandboxRefusal } from "../../control/refusal.ts";
import { type Asking, isOver, noteState, shownOf, type Wish } from "./asking.ts";
import { Browser } from "./browser.ts";
import { readLoginPage } from "./login-page.ts";
import { type Home, OnlineBank } from "./online-bank.ts";

const everyMs = 400;

/**
 * A customer on the bank's web pages: their simulated browser has the cookies of the bank and the CA. The sandbox's bank page
 * shows what it shows; each real browser on that page has its own simulated one behind it.
 */
export class Customer {
  readonly #browser = new Browser();
  readonly #bank: OnlineBank;
  readonly #changed: () => void;
  readonly #closing: AbortSignal;
  #asking: Asking | undefined;
  #doing: Promise<unknown> = Promise.resolve();

  constructor(bank: string, changed: () => void, closing: AbortSignal) {
    this.#bank = new OnlineBank(bank, this.#browser);
    this.#changed = changed;
    this.#closing = closing;
  }

  /** What their browser shows. */
  async shown(): Promise<Home & { asking: object | null }> {
    // Read first: a request that ends while the bank's page is loaded is shown as ended together with the account, not before
    // it.
    const asking = this.#asking ? shownOf(this.#asking) : null;
    return { ...(await this.#bank.home()), asking };
  }

  /** Begins a login, or has a transfer signed. Pressing twice is one request. */
  begin = (wish: Wish): Promise<void> => this.#inTurn(() => this.#begin(wish));

  /** The phone, on the same device, sends the browser on. @throws SandboxRefusal if it started in another browser */
  goOn = (returnTo: string): Promise<void> =>
    this.#inTurn(async () => {
      const asking = this.#asking;
      if (asking?.page === undefined || !returnTo.startsWith(`${asking.page.url}/return?code=`))
        throw new SandboxRefusal("OTHER_BROWSER");
      // Loading it again, or in a second tab, changes nothing.
      if (asking.state === "open" && !(await this.#comeBack(asking, returnTo)))
        throw new SandboxRefusal("OTHER_BROWSER");
    });

  /** Cancels a request. */
  cancel = (id: string): Promise<void> =>
    this.#inTurn(async () => {
      if (this.#asking?.id === id && this.#asking.state === "open") await this.#cancel(this.#asking);
    });

  logOut = (): Promise<void> =>
    this.#inTurn(async () => {
      if (this.#asking?.state === "open") await this.#cancel(this.#asking);
      this.#asking = undefined;
      await this.#bank.logOut();
    });

  /** Runs a customer's acts one after the other. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#doing.catch(() => {}).then(act);
    this.#doing = done;
    return done.finally(this.#changed);
  }

  async #begin(wish: Wish): Promise<void> {
    const { way, transfer } = wish;
    const before = this.#asking;
    if (before?.state === "open") {
      if (before.way === way && isDeepStrictEqual(before.transfer, transfer)) return;
      if (before.way === "push") throw new SandboxRefusal("STILL_ASKING");
      await this.#cancel(before);
    }
    const orders = transfer ? { transfer } : {};
    const answered = await this.#bank.ask({ way: way === "push" ? "push" : "redirect", ...orders });
    const { redirectTo, ...rest } = answered;
    const asking: Asking = { ...wish, ...rest };
    if (redirectTo !== undefined) {
      const { url, text } = await this.#browser.open(redirectTo);
      asking.page = { ...readLoginPage(text), url };
      asking.expiresAt = new Date(Date.now() + pageSeconds * 1_000).toISOString();
    }
    this.#asking = asking;
    void this.#watch(asking);
  }

  async #cancel(asking: Asking): Promise<void> {
    if (asking.page) await this.#comeBack(asking, `${asking.page.url}/cancel`);
    if (asking.state === "open") await this.#end(asking, "declined");
  }

  /** Polls until the phone has answered, like the scripts of the CA's and the bank's pages. */
  async #watch(asking: Asking): Promise<void> {
    while (asking.state === "open" && asking === this.#asking) {
      await sleep(everyMs, undefined, { signal: this.#closing }).catch(() => {});
      if (this.#closing.aborted) return;
      // Retried: an unavailable server may recover.
      await this.#inTurnQuietly(() => this.#look(asking)).catch(() => {
        if (isOver(asking)) asking.state = "expired";
      });
    }
    this.#changed();
  }

  #inTurnQuietly(act: () => Promise<void>): Promise<void> {
    const done = this.#doing.catch(() => {}).then(act);
    this.#doing = done;
    return done;
  }

  async #look(asking: Asking): Promise<void> {
    if (asking.state !== "open") return;
    if (asking.page) await this.#lookAtPage(asking, asking.page.url);
    else noteState(asking, await this.#bank.asking(asking.id));
    if (isOver(asking)) await this.#end(asking, "expired");
  }

  async #lookAtPage(asking: Asking, url: string): Promise<void> {
    const { status, text } = await this.#browser.open(`${url}/state`);
    if (status !== 404 && !text.includes('"ready"')) return;
    // The CA's page starts again after its expiry; the bank's reports the expiry first.
    if (!(await this.#comeBack(asking, `${url}/return`))) await this.#end(asking, "expired");
  }

  /** The bank no longer waits; an answer it has received in the meantime counts. */
  async #end(asking: Asking, state: "declined" | "expired"): Promise<void> {
    noteState(asking, await this.#bank.asking(asking.id));
    if (asking.state !== "open") return;
    await this.#bank.end(asking.id);
    asking.state = state;
  }

  async #comeBack(asking: Asking, from: string): Promise<boolean> {
    const answered = await this.#bank.comeBack(from);
    if (answered) noteState(asking, answered);
    return answered !== undefined;
  }
}

/** Validity of the CA's page. */
const pageSeconds = 300;
