import { z } from "zod";
import { simulatorMs } from "../devices/patience.ts";

const account = z.looseObject({ anchorVersion: z.number(), address: z.string().nullish() });
export type Account = z.infer<typeof account>;

/** ABC Bank's counter, as used by its staff: its accounts over HTTP. */
export class Bank {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Opens an account; the bank fetches what the consent allows. Undefined until the bank is connected to the CA. */
  async openAccount(order: {
    subject: string;
    customer: string;
    consentId: string;
  }): Promise<Account | undefined> {
    const answer = await this.#ask("POST", "/accounts", order);
    return answer.status === 503 ? undefined : account.parse(answer.body);
  }

  /** All accounts, each with its history. */
  async accounts(): Promise<object[]> {
    const subjects = z
      .array(z.looseObject({ subject: z.string() }))
      .parse((await this.#ask("GET", "/accounts")).body);
    return Promise.all(subjects.map(({ subject }) => this.account(subject)));
  }

  async account(subject: string): Promise<Account> {
    return account.parse((await this.#ask("GET", `/accounts/${encodeURIComponent(subject)}`)).body);
  }

  /** The account, once it has this version of the person's attributes. */
  async accountAt(subject: string, version: number): Promise<Account | undefined> {
    const found = await this.account(subject);
    return found.anchorVersion >= version ? found : undefined;
  }

  /** The number of events that the bank has received, of any type. */
  async events(): Promise<number> {
    return z.array(z.unknown()).parse((await this.#ask("GET", "/events")).body).length;
  }

  /** Makes the bank fetch the attributes again; returns the bank's result. */
  async fetchAnew(subject: string): Promise<string> {
    const { status, body } = await this.#ask("POST", `/accounts/${encodeURIComponent(subject)}/review`, {});
    return status === 200 ? "FETCHED" : z.looseObject({ error: z.string() }).parse(body).error;
  }

  async #ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(body === undefined ? {} : json),
      signal: AbortSignal.timeout(simulatorMs),
    });
    return { status: response.status, body: await response.json() };
  }
}
