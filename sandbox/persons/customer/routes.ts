import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { World } from "../world.ts";
import type { Wish } from "./asking.ts";
import { Customer } from "./customer.ts";

const way = z.enum(["qr", "push"]);
const login = z.strictObject({ way: way.default("qr") });
const transfer = z.strictObject({ to: z.string().max(4_000), amount: z.number(), way: way.default("qr") });
const goOn = z.strictObject({ returnTo: z.url().max(1_024) });
const cancel = z.strictObject({ id: z.uuid() });
const nothing = z.strictObject({});

const cookieName = "kazasu_customer";
const mostCustomers = 64;
const nobody = { canPush: false, account: null, transfers: [], asking: null };

/** `/bank/…`: acts of customers on the bank's pages, each in their own browser. Returns a function that stops their polling. */
export function bankRoutes(server: FastifyInstance, { bank, addresses, happenings }: World): () => void {
  const customers = new Map<string, Customer>();
  const closing = new AbortController();
  const changed = () => happenings.emit({ kind: "customer" });

  const known = ({ headers }: FastifyRequest): Customer | undefined =>
    customers.get(server.parseCookie(headers.cookie ?? "")[cookieName] ?? "");
  const someone = (request: FastifyRequest, reply: FastifyReply): Customer => {
    const found = known(request);
    if (found) return found;
    const [oldest] = customers.keys();
    if (oldest !== undefined && customers.size >= mostCustomers) customers.delete(oldest);
    const token = randomBytes(32).toString("base64url");
    const customer = new Customer(addresses.bank, changed, closing.signal);
    customers.set(token, customer);
    reply.setCookie(cookieName, token, { path: "/bank", httpOnly: true, sameSite: "strict" });
    return customer;
  };

  /** An act of a customer: answers with what their browser then shows. */
  const act = <S extends z.ZodType>(
    name: string,
    shape: S,
    run: (customer: Customer, order: z.infer<S>) => Promise<void>,
  ) =>
    server.post(`/bank/${name}`, async (request, reply) => {
      const order = shape.parse(request.body ?? {});
      const customer = someone(request, reply);
      await run(customer, order);
      return customer.shown();
    });

  server.get("/bank/accounts", async () => ({ accounts: await bank.accounts() }));
  server.get("/bank/customer", async (request) => known(request)?.shown() ?? nobody);
  act("logins", login, (customer, order: Wish) => customer.begin(order));
  act("transfers", transfer, (customer, { way: by, to, amount }) =>
    customer.begin({ way: by, transfer: { to, amount } }),
  );
  act("return", goOn, (customer, { returnTo }) => customer.goOn(returnTo));
  act("cancel", cancel, (customer, { id }) => customer.cancel(id));
  act("logout", nothing, (customer) => customer.logOut());
  return () => closing.abort();
}
