import { afterEach, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { Pool } from "pg";
import pino from "pino";
import { buildPersonPage } from "../../../gateway/person-page/server.ts";
import { pageCookies } from "../../../gateway/person-page/session.ts";
import { refusals } from "../../../protocol/refusals.ts";
import { sealer } from "../notification/people.ts";

/** A refusal for now says when to come back, on the page as at the gateway. */

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The page, with a registry that nobody answers for. */
async function pageAlone(rateLimit: number): Promise<FastifyInstance> {
  const pool = new Pool({ connectionString: "postgres://nobody@127.0.0.1:1/none" });
  const page = await buildPersonPage(
    {
      pool,
      sealer,
      clock: () => new Date(),
      consent: { change: async () => ({ kind: "unanswered" }) },
      certificate: { reread: async () => {} },
      settings: {
        pageUrl: "https://page.example",
        publicUrl: "https://ca.example",
        answerMs: 1_000,
        rateLimit,
        trustedProxies: [],
        setting: "test",
      },
    },
    pino({ level: "silent" }),
  );
  closing.push(
    () => page.close(),
    () => pool.end(),
  );
  return page;
}

const english = { "accept-language": "en" };

test("bad/the registry is unavailable: TRY_AGAIN with the time to come back, not a failure of the page", async () => {
  const page = await pageAlone(10);
  const cookie = `${pageCookies.session}=${"A".repeat(43)}`;
  const { statusCode, headers, body } = await page.inject({ url: "/", headers: { cookie, ...english } });
  expect([statusCode, headers["retry-after"]]).toEqual([503, "5"]);
  expect(body).toContain(refusals.TRY_AGAIN.what.en);
});

test("ok/too many requests of one address", async () => {
  const page = await pageAlone(1);
  await page.inject({ url: "/return", headers: english });
  const { statusCode, headers, body } = await page.inject({ url: "/return", headers: english });
  expect(statusCode).toBe(429);
  expect(Number(headers["retry-after"])).toBeGreaterThan(0);
  expect(body).toContain(refusals.TOO_MANY_REQUESTS.what.en);
});
