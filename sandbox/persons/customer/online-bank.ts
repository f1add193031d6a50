import { z } from "zod";
import { type SandboxCode, SandboxRefusal, sandboxRefusals } from "../../control/refusal.ts";
import type { Browser, Loaded } from "./browser.ts";

const refusal = z.object({ error: z.string(), message: z.string() });

/** A request as the bank reports it to the browser that started it. */
export const askingState = z.object({
  id: z.uuid(),
  state: z.enum(["open", "done", "declined", "expired", "failed"]),
  reason: z.string().nullable(),
  number: z.number().nullable(),
  expiresAt: z.iso.datetime(),
  redirectTo: z.url().optional(),
});
export type AskingState = z.infer<typeof askingState>;

const home = z.object({
  canPush: z.boolean(),
  account: z.looseObject({ customer: z.string() }).nullable(),
  transfers: z.array(z.looseObject({ id: z.uuid() })),
});
export type Home = z.infer<typeof home>;

/** The bank's pages for customers. Throws {@link SandboxRefusal} with the bank's refusal. */
export class OnlineBank {
  readonly #url: string;
  readonly #browser: Browser;

  constructor(url: string, browser: Browser) {
    this.#url = `${url}/online`;
    this.#browser = browser;
  }

  home = async (): Promise<Home> => home.parse(await this.#read(this.#browser.open(this.#url)));

  ask = async (asked: { way: "redirect" | "push"; transfer?: unknown }): Promise<AskingState> =>
    askingState.parse(await this.#read(this.#browser.send(`${this.#url}/askings`, asked)));

  asking = async (id: string): Promise<AskingState> =>
    askingState.parse(await this.#read(this.#browser.open(`${this.#url}/askings/${id}`)));

  end = async (id: string): Promise<void> =>
    void (await this.#read(this.#browser.send(`${this.#url}/askings/${id}/end`, {})));

  logOut = async (): Promise<void> => void (await this.#read(this.#browser.send(`${this.#url}/logout`, {})));

  /** Returns from the CA's page to the bank; undefined if the CA refuses this browser. */
  async comeBack(from: string): Promise<AskingState | undefined> {
    const { url, status } = await this.#reached(this.#browser.open(from));
    const isOurs = status === 0 && url.startsWith(`${this.#url}/callback?`);
    return isOurs ? askingState.parse(await this.#read(this.#browser.open(url))) : undefined;
  }

  async #read(asked: Promise<Loaded>): Promise<unknown> {
    const { status, text } = await this.#reached(asked);
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    if (status < 400) return body;
    const { error, message } = refusal.parse(body);
    throw new SandboxRefusal(error in sandboxRefusals ? (error as SandboxCode) : "BANK_AWAY", message);
  }

  async #reached(asked: Promise<Loaded>): Promise<Loaded> {
    try {
      return await asked;
    } catch {
      throw new SandboxRefusal("BANK_AWAY");
    }
  }
}
