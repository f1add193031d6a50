import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { Browser } from "../../sandbox/persons/customer/browser.ts";
import { persons } from "../../sandbox/persons/persons.ts";
import { type Sandbox, startSandbox } from "../../sandbox/start.ts";
import { eventually } from "./resident.ts";
import { Control, type InboxAnswer } from "./sandbox-control.ts";
import { rows, stack } from "./stack.ts";

/** A customer of ABC Bank at its pages: logs in by code, by link and by push, and signs transfers on the phone. */

let folder = "";
let sandbox: Sandbox;
let control: Control;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-customer-"));
  sandbox = await startSandbox({
    folder,
    addresses: stack,
    keys: `${stack.directory}/keys`,
    log: pino({ level: "silent" }),
    // The card and the accounts of another file's persons are not touched.
    cast: persons.map((each) => ({ ...each, slug: `customer-${each.slug}` })),
    lazy: true,
  });
  control = new Control(sandbox.url);
});
afterAll(async () => {
  await sandbox?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Shown {
  canPush: boolean;
  account: { customer: string; address: string; changes: object[] } | null;
  transfers: { to: string; amount: number; state: string; signedAt: string | null }[];
  asking: {
    id: string;
    state: string;
    reason: string | null;
    number: number;
    here: string;
    elsewhere: string;
    qr: { size: number; path: string };
  } | null;
}

/** A browser that looks at the bank's page. */
class Looking {
  readonly #browser = new Browser();

  async post(act: string, body: object = {}): Promise<{ status: number; body: Shown & { code?: string } }> {
    const { status, text } = await this.#browser.send(`${sandbox.url}/bank/${act}`, body);
    return { status, body: JSON.parse(text) as Shown };
  }

  async done(act: string, body: object = {}): Promise<Shown> {
    const { status, body: answer } = await this.post(act, body);
    if (status !== 200) throw new Error(`${act} was refused: ${JSON.stringify(answer)}`);
    return answer;
  }

  look = async (): Promise<Shown> =>
    JSON.parse((await this.#browser.open(`${sandbox.url}/bank/customer`)).text) as Shown;

  /** What the page shows once the asking has ended. */
  ended = (): Promise<Shown> =>
    eventually(async () => {
      const shown = await this.look();
      return shown.asking?.state === "open" ? undefined : shown;
    });

  /** Logs in with the phone on this device. */
  async byLink(person: string): Promise<Shown> {
    const { asking } = await this.done("logins");
    const { returnTo } = await control.done<{ returnTo: string }>(person, "login", { link: asking!.here });
    return this.done("return", { returnTo });
  }
}

const byCode = (person: string, { asking }: Shown, more: object = {}) =>
  control.ask(person, "login", { link: asking!.elsewhere, number: asking!.number, ...more });

/** The login by push that the phone shows, answered with this number. */
async function byPush(person: string, number: number, decision = "confirm"): Promise<void> {
  const { open } = await eventually(async () => {
    const inbox = await control.done<InboxAnswer>(person, "inbox");
    return inbox.open.some(({ kind }) => kind === "login") ? inbox : undefined;
  });
  const { id } = open.find(({ kind }) => kind === "login")!;
  await control.done(person, "answer", { id, number, decision });
}

test("ok/logged in by code: one's own account; then in the same browser a transfer, signed with the card and verified", async () => {
  await control.done("customer-plain", "enrol");
  const bank = new Looking();
  expect(await bank.look()).toEqual({ canPush: false, account: null, transfers: [], asking: null });
  const begun = await bank.done("logins", { way: "qr" });
  expect(begun.asking).toMatchObject({ state: "open", qr: { path: expect.stringMatching(/^M\d/) } });
  // Pressed twice it is one.
  expect((await bank.done("logins", { way: "qr" })).asking!.id).toBe(begun.asking!.id);
  expect((await byCode("customer-plain", begun)).status).toBe(200);
  const home = await bank.ended();
  expect(home).toMatchObject({
    canPush: false,
    account: {
      customer: "sandbox-customer-plain",
      address: expect.any(String),
      changes: [expect.anything()],
    },
    asking: { state: "done" },
  });

  const order = { to: "佐藤 <b>花子</b>", amount: 120_000 };
  const asked = await bank.done("transfers", { way: "qr", ...order });
  const opened = await control.done<{ shown: object }>("customer-plain", "open-login", {
    link: asked.asking!.elsewhere,
  });
  expect(opened.shown).toMatchObject({
    card: true,
    numbers: expect.arrayContaining([asked.asking!.number]),
    transaction: {
      shown: {
        lines: [
          { label: "振込先", value: order.to },
          { label: "金額", value: "120,000円" },
        ],
      },
    },
  });
  expect((await byCode("customer-plain", asked)).status).toBe(200);
  const { transfers } = await bank.ended();
  expect(transfers).toMatchObject([{ ...order, state: "signed", signedAt: expect.any(String) }]);

  expect(await bank.done("logout")).toMatchObject({ account: null, transfers: [] });
  expect(await bank.post("transfers", order)).toMatchObject({ status: 401, body: { code: "NOT_LOGGED_IN" } });
});

test("ok/logged in by link on this device, then by push, and a transfer by push", async () => {
  await control.done("customer-married", "enrol");
  const bank = new Looking();
  expect(await bank.post("logins", { way: "push" })).toMatchObject({
    status: 409,
    body: { code: "BROWSER_UNKNOWN" },
  });
  expect(await bank.byLink("customer-married")).toMatchObject({
    canPush: true,
    account: { customer: "sandbox-customer-married" },
  });
  await bank.done("logout");

  const pushed = await bank.done("logins", { way: "push" });
  await byPush("customer-married", pushed.asking!.number);
  expect(await bank.ended()).toMatchObject({ account: { customer: "sandbox-customer-married" } });

  const transfer = { way: "push", to: "山本 学", amount: 1 };
  const asked = await bank.done("transfers", transfer);
  expect((await bank.done("transfers", transfer)).asking!.id).toBe(asked.asking!.id);
  expect(await bank.post("transfers", { ...transfer, amount: 2 })).toMatchObject({
    status: 409,
    body: { code: "STILL_ASKING" },
  });
  await byPush("customer-married", asked.asking!.number);
  const { transfers } = await bank.ended();
  expect(transfers).toMatchObject([{ to: "山本 学", amount: 1, state: "signed" }]);
});

test("fail/declined on the phone, a wrong number, called off: nobody is logged in, nothing is signed", async () => {
  await control.done("customer-minor", "enrol");
  const bank = new Looking();
  await byCode("customer-minor", await bank.done("logins"), { decision: "decline" });
  expect(await bank.ended()).toMatchObject({ account: null, asking: { state: "declined" } });

  const second = await bank.done("logins");
  const { number } = second.asking!;
  const wrong = await byCode("customer-minor", second, { number: number === 10 ? 11 : number - 1 });
  expect(wrong.body).toMatchObject({ code: "LOGIN_NUMBER_WRONG" });
  expect(await bank.ended()).toMatchObject({ account: null, asking: { state: "declined" } });

  await bank.byLink("customer-minor");
  const asked = await bank.done("transfers", { to: "佐藤", amount: 500 });
  const called = await bank.done("cancel", { id: asked.asking!.id });
  expect(called).toMatchObject({ transfers: [{ state: "not-signed" }], asking: { state: "declined" } });
  // Signed after all, it is no longer what the bank waits for.
  await byCode("customer-minor", asked);
  expect((await bank.look()).transfers).toMatchObject([{ state: "not-signed" }]);

  const declined = await bank.done("transfers", { to: "佐藤", amount: 500, way: "push" });
  await byPush("customer-minor", declined.asking!.number, "decline");
  expect((await bank.ended()).transfers).toMatchObject([{ state: "not-signed" }, { state: "not-signed" }]);
  expect(await bank.post("logins", { way: "push" })).toMatchObject({
    status: 429,
    body: { code: "ASKED_TOO_SOON" },
  });
});

test("fail/not answered in time: the page says so, and the next begins anew", async () => {
  const bank = new Looking();
  const { asking } = await bank.done("logins");
  const loginId = new URL(asking!.here).pathname.split("/").at(-1);
  await rows("update logins set expires_at = now() - interval '1 second' where id = $1 returning id", [
    loginId,
  ]);
  expect(await bank.ended()).toMatchObject({ account: null, asking: { state: "expired" } });
  const next = await bank.done("logins");
  expect(next.asking).toMatchObject({ state: "open" });
  expect(next.asking!.here).not.toBe(asking!.here);
});

test("fail/a return in another browser, or to another place, logs nobody in", async () => {
  await control.done("customer-moved-twice", "enrol");
  const [mine, theirs] = [new Looking(), new Looking()];
  const { asking } = await mine.done("logins");
  await theirs.done("logins");
  const { returnTo } = await control.done<{ returnTo: string }>("customer-moved-twice", "login", {
    link: asking!.here,
  });
  for (const elsewhere of [returnTo, `${stack.bank}/accounts`])
    expect(await theirs.post("return", { returnTo: elsewhere })).toMatchObject({
      status: 409,
      body: { code: "OTHER_BROWSER" },
    });
  expect(await theirs.look()).toMatchObject({ account: null });
  expect(await mine.done("return", { returnTo })).toMatchObject({
    account: { customer: "sandbox-customer-moved-twice" },
  });
  // Opened again, in a stale tab say, it changes nothing.
  expect(await mine.done("return", { returnTo })).toMatchObject({ asking: { state: "done" } });
});

test("fail/another person's signature does not sign this customer's transfer", async () => {
  await control.done("customer-unknown-birth-date", "enrol");
  await control.done("customer-latin-name", "enrol");
  const bank = new Looking();
  await bank.byLink("customer-unknown-birth-date");
  const asked = await bank.done("transfers", { to: "佐藤", amount: 500 });
  expect((await byCode("customer-latin-name", asked)).status).toBe(200);
  expect(await bank.ended()).toMatchObject({
    account: { customer: "sandbox-customer-unknown-birth-date" },
    transfers: [{ state: "not-signed" }],
    asking: { state: "failed", reason: "OTHER_PERSON" },
  });
});

test("fail/a person without an account gets a page that says so", async () => {
  await control.done("customer-reticent", "enrol");
  const bank = new Looking();
  await byCode("customer-reticent", await bank.done("logins"));
  expect(await bank.ended()).toMatchObject({
    account: null,
    asking: { state: "failed", reason: "NO_ACCOUNT" },
  });
});

test("fail/an invalid recipient or amount", async () => {
  await control.done("customer-odd-characters", "enrol");
  const bank = new Looking();
  await bank.byLink("customer-odd-characters");
  const good = { to: "佐藤", amount: 500 };
  for (const [bad, code] of [
    [{ to: " " }, "RECIPIENT_UNFIT"],
    [{ to: "佐\u202e藤" }, "RECIPIENT_UNFIT"],
    [{ to: "佐\n藤" }, "RECIPIENT_UNFIT"],
    [{ to: "藤".repeat(61) }, "RECIPIENT_UNFIT"],
    [{ amount: 0 }, "AMOUNT_UNFIT"],
    [{ amount: -1 }, "AMOUNT_UNFIT"],
    [{ amount: 1.5 }, "AMOUNT_UNFIT"],
    [{ amount: 10_000_001 }, "AMOUNT_UNFIT"],
    [{ amount: "1" }, "MALFORMED_REQUEST"],
    [{ iban: "x" }, "MALFORMED_REQUEST"],
  ] as const)
    expect(await bank.post("transfers", { ...good, ...bad })).toMatchObject({ status: 400, body: { code } });
  expect(await bank.look()).toMatchObject({ transfers: [], asking: { state: "done" } });
});
