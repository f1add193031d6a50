import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Customer } from "../../../sandbox/persons/customer/customer.ts";

const asked = {
  id: "0b2f6a4e-2f0f-4d27-9b0e-5a6f7c8d9e10",
  reason: null,
  expiresAt: "2999-01-01T00:00:00.000Z",
  number: 42,
};

/** A bank whose page is slow: what it shows was true when it was asked for. */
let bank: Server;
let state: "open" | "done";
let pageAsked: () => void;
let pageMaySend: Promise<void>;
const closing = new AbortController();
beforeEach(async () => {
  state = "open";
  bank = createServer(({ method, url }, response) => {
    const send = (body: object) => response.end(JSON.stringify(body));
    if (method === "POST" || url !== "/online") return void send({ ...asked, state });
    const account = state === "done" ? { customer: "customer-1" } : null;
    pageAsked();
    void pageMaySend.then(() => send({ canPush: false, account, transfers: [] }));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => bank.once("listening", resolve));
});
afterEach(() => {
  closing.abort();
  bank.closeAllConnections();
  bank.close();
});

test("ok/a login that ends while the bank's page is loaded: the page never shows an ended login without its account", async () => {
  const { port } = bank.address() as AddressInfo;
  let ended = () => {};
  const hasEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let changes = 0;
  // The first change is the beginning, the second the end.
  const changed = () => void (++changes === 2 && ended());
  const customer = new Customer(`http://127.0.0.1:${port}`, changed, closing.signal);
  await customer.begin({ way: "push" });
  let release = () => {};
  pageMaySend = new Promise((resolve) => {
    release = resolve;
  });
  const isAsked = new Promise<void>((resolve) => {
    pageAsked = resolve;
  });

  const shown = customer.shown();
  await isAsked;
  state = "done";
  await hasEnded;
  release();
  expect(await shown).toMatchObject({ account: null, asking: { state: "open" } });
  expect(await customer.shown()).toMatchObject({
    account: { customer: "customer-1" },
    asking: { state: "done" },
  });
});
