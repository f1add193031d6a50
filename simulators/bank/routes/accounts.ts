import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../../http.ts";
import { AuthorityRefusal } from "../../party/authority.ts";
import {
  type Account,
  applyDisclosed,
  changesOf,
  findAccount,
  listAccounts,
  lockAccount,
  openAccount,
} from "../accounts.ts";
import { acknowledgementsOf } from "../acknowledgements.ts";
import type { Bank } from "../bank.ts";
import { inTransaction } from "../database.ts";
import { type Disclosed, fetchDisclosed } from "../disclosed.ts";
import { accountsPage } from "../page.ts";

const newAccount = z.strictObject({
  subject: z.string().min(1).max(256),
  customer: z.string().regex(/^[\x21-\x7e]{1,64}$/),
  consentId: z.uuid(),
});
const bySubject = z.object({ subject: z.string().min(1).max(256) });

/** The accounts: opened when a customer enrols, readable as a page and as JSON. */
export function accountRoutes(server: FastifyInstance, bank: Bank): void {
  const { pool } = bank;

  server.get("/", async (_request, reply) => {
    const page = accountsPage(await listAccounts(pool));
    return reply
      .headers({
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        "cache-control": "no-store",
      })
      .send(page);
  });

  server.get("/accounts", () => listAccounts(pool));

  server.get("/accounts/:subject", async (request) => {
    const { subject } = bySubject.parse(request.params);
    const account = (await findAccount(pool, subject)) ?? noAccount();
    return {
      ...account,
      changes: await changesOf(pool, subject),
      acknowledgements: await acknowledgementsOf(pool, subject),
    };
  });

  server.post("/accounts", async (request, reply) => {
    const { subject, customer, consentId } = newAccount.parse(request.body);
    const first = await disclosedOf(bank, subject, consentId);
    const account = await inTransaction(pool, (sql) => openAccount(sql, customer, first));
    if (account === undefined)
      throw new HttpRefusal(
        409,
        "ACCOUNT_TAKEN",
        "This person or this customer already has another account.",
        "Look at GET /accounts and use the customer number that belongs to the person.",
      );
    return reply.code(201).send(account);
  });

  // The bank's staff have reviewed a different name: apply what is disclosed now.
  server.post("/accounts/:subject/review", async (request): Promise<Account> => {
    const { subject } = bySubject.parse(request.params);
    const { consentId } = (await findAccount(pool, subject)) ?? noAccount();
    const news = await disclosedOf(bank, subject, consentId);
    return inTransaction(pool, async (sql) => {
      const account = (await lockAccount(sql, subject)) ?? noAccount();
      await applyDisclosed(sql, account, news, { reviewNames: false });
      return (await findAccount(sql, subject)) ?? noAccount();
    });
  });
}

async function disclosedOf({ authority }: Bank, subject: string, consentId: string): Promise<Disclosed> {
  const disclosed = await fetchDisclosed(authority, consentId).catch((error: unknown) => {
    const refused = error instanceof AuthorityRefusal && error.code === "CONSENT_NOT_IN_FORCE";
    if (refused)
      throw new HttpRefusal(
        409,
        "NO_CONSENT",
        "The CA has no such consent in force.",
        "Ask the person for it.",
      );
    throw new HttpRefusal(503, "CA_UNREACHABLE", "The CA gave no attributes now.", "Try again in a moment.");
  });
  if (disclosed.sub !== subject)
    throw new HttpRefusal(
      409,
      "OTHER_PERSON",
      "The consent is another person's.",
      "Name the person's own consent.",
    );
  return disclosed;
}

function noAccount(): never {
  throw new HttpRefusal(404, "NO_ACCOUNT", "There is no such account.", "Look at GET /accounts.");
}
