import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type BankOptions, type RunningBank, startBank } from "../../../simulators/bank/server.ts";
import { startTestAuthority, type TestAuthority } from "./bank-authority.ts";
import { call } from "./jlis-client.ts";

export const taro = {
  name: "山田 太郎",
  address: "東京都千代田区一番町1",
  dateOfBirth: "319800101",
  sex: "male",
};

/** A bank beside a CA that knows it, both closed by `close`. */
export interface Opening {
  bank: RunningBank;
  authority: TestAuthority;
  /** Speaks JSON to the bank. */
  ask: (method: "GET" | "POST" | "DELETE", path: string, body?: unknown) => ReturnType<typeof call>;
  /** A person with a consent in force and an account; returns both ids. */
  customer(attributes?: object): Promise<{ subject: string; consentId: string }>;
  close(): Promise<void>;
}

/** Opens a bank on a database and connects it. */
export async function openBank(
  databaseUrl: string,
  options: Partial<BankOptions> & { authority?: TestAuthority } = {},
): Promise<Opening> {
  const { authority = await startTestAuthority(), ...more } = options;
  const before = authority.seen.verifications;
  const bank = await startBank({
    databaseUrl,
    gateway: authority.url,
    retryEveryMs: 20,
    pollEveryMs: 20,
    ...more,
  });
  authority.tokens.register(bank.publicJwks);
  const ask: Opening["ask"] = (method, path, body) => call(bank.url, method, path, body);
  // A database used before remembers an earlier verification: this bank's own must have come, too.
  await until(() => authority.seen.verifications > before);
  await until(async () => (await ask("GET", "/control/connection")).body.verifiedAt != null);
  return {
    bank,
    authority,
    ask,
    async customer(attributes = taro) {
      const [subject, consentId] = [`sub-${randomUUID()}`, randomUUID()];
      authority.consents.set(consentId, { sub: subject, anchorVersion: 1, attributes });
      const { status } = await ask("POST", "/accounts", { subject, customer: `C-${subject}`, consentId });
      if (status !== 201) throw new Error(`the account was not opened: ${status}`);
      return { subject, consentId };
    },
    async close() {
      await bank.close();
      await authority.close();
    },
  };
}

/** Waits until something holds, looking again and again; the test's own time limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(10);
}
