import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../../http.ts";
import { changesOf, findAccount } from "../accounts.ts";
import type { Bank } from "../bank.ts";
import type { Asking, Askings } from "../online/askings.ts";
import { newToken, type Sessions } from "../online/sessions.ts";
import { type OrderedTransfer, readOrder, transfersOf } from "../online/transfers.ts";

/** State of the customers' pages. */
export interface Online {
  sessions: Sessions;
  askings: Askings;
}

const names = { visitor: "abc_visitor", session: "abc_session", device: "abc_device" };
/** Only for the bank's online pages; Lax, so that the browser keeps the cookie when it returns from the CA's site. */
const attributes = { path: "/online", httpOnly: true, sameSite: "lax" } as const;
const daySeconds = 86_400;
/** The maximum lifetime in browsers (RFC 6265bis §5.5); the CA reports when it no longer knows this browser. */
const deviceDays = 400;
const newAsking = z.strictObject({ way: z.enum(["redirect", "push"]), transfer: z.unknown().optional() });
const byId = z.object({ id: z.uuid() });

/** The bank's pages for customers, below `/online`, as an API: JSON, and the bank's own cookies. */
export function onlineRoutes(server: FastifyInstance, { pool }: Bank, { sessions, askings }: Online): void {
  const of = ({ headers }: FastifyRequest) => {
    const held = server.parseCookie(headers.cookie ?? "");
    const [visitor = "", session = "", device = ""] = Object.values(names).map((name) => held[name]);
    return { visitor, session, device, subject: sessions.find(session) };
  };

  /** The logged-in customer, with their data. */
  server.get("/online", async (request, reply) => {
    const { subject, device } = of(request);
    const account = subject === undefined ? undefined : await findAccount(pool, subject);
    reply.header("cache-control", "no-store");
    return {
      canPush: device !== "",
      account: account ? { ...account, changes: await changesOf(pool, account.subject) } : null,
      transfers: account ? await transfersOf(pool, account.subject) : [],
    };
  });

  server.post("/online/askings", async (request, reply) => {
    const { way, transfer: ordered } = newAsking.parse(request.body);
    const { visitor: known, device, subject } = of(request);
    const visitor = known === "" ? newToken() : known;
    if (way === "push" && device === "") throw notByPush();
    const transfer = ordered === undefined ? undefined : orderOf(subject, ordered);
    reply.code(201).setCookie(names.visitor, visitor, { ...attributes, maxAge: daySeconds });
    if (way === "push") return shown(await askings.byPush(visitor, device, transfer));
    const { asking, redirectTo } = await askings.byRedirect(visitor, transfer);
    return { ...shown(asking), redirectTo };
  });

  server.get("/online/askings/:id", async (request, reply) => {
    const asking = await askings.find(of(request).visitor, byId.parse(request.params).id);
    if (!asking) throw noAsking();
    handOver(asking, reply);
    return shown(asking);
  });
  server.post("/online/askings/:id/end", async (request, reply) => {
    await askings.end(of(request).visitor, byId.parse(request.params).id);
    return reply.code(204).send();
  });

  /** The CA redirects the browser to here. */
  server.get("/online/callback", async (request, reply) => {
    const query = new URL(request.url, "http://bank").searchParams;
    const asking = await askings.cameBack(of(request).visitor, query);
    if (!asking) throw noAsking();
    return reply.redirect(`/online/askings/${asking.id}`, 303);
  });

  server.post("/online/logout", async (request, reply) => {
    sessions.end(of(request).session);
    return reply.clearCookie(names.session, attributes).code(204).send();
  });
}

function orderOf(subject: string | undefined, ordered: unknown): OrderedTransfer {
  if (subject === undefined) throw notLoggedIn();
  return { ...readOrder(ordered), subject, id: randomUUID() };
}

/** Gives the browser that started its session once, and a token that later identifies the browser. */
function handOver(asking: Asking, reply: FastifyReply): void {
  const { session, browserToken } = asking;
  if (session !== undefined) reply.setCookie(names.session, session, { ...attributes, maxAge: daySeconds });
  if (browserToken !== undefined)
    reply.setCookie(names.device, browserToken, { ...attributes, maxAge: deviceDays * daySeconds });
  delete asking.session;
  delete asking.browserToken;
}

const shown = ({ id, state, reason, number, expiresAt }: Asking) => ({
  id,
  state,
  reason: reason ?? null,
  number: number ?? null,
  expiresAt: new Date(expiresAt),
});

const notLoggedIn = (): HttpRefusal =>
  new HttpRefusal(401, "NOT_LOGGED_IN", "There is no session, or it has ended.", "Log in.");
const notByPush = (): HttpRefusal =>
  new HttpRefusal(
    409,
    "BROWSER_UNKNOWN",
    "There has been no login in this browser with a phone app on the same device.",
    "Log in with the phone on this device first.",
  );
const noAsking = (): HttpRefusal =>
  new HttpRefusal(404, "NO_ASKING", "This browser has made no such request.", "Start again.");
