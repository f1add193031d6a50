import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { everythingShown } from "../../domain/person-page/showing.ts";
import {
  beginVisit,
  openPage,
  sessionSeconds,
  type VisitBegun,
  visitSeconds,
  visitStanding,
} from "../../domain/person-page/visiting.ts";
import { Refusal } from "../../domain/refusal.ts";
import { transaction } from "../../registry/database.ts";
import type { ShownTerms } from "../../registry/person-page/everything.ts";
import { dropVisit, endPageSession, readVisitShown, type Visit } from "../../registry/person-page/visits.ts";
import { setCookie } from "../cookie.ts";
import { placeOf } from "../limits/door.ts";
import { languageOf } from "../problems.ts";
import { type Done, decline, erasure, grant, readTerms, stop, withdraw } from "./acts.ts";
import type { PersonPageDeps } from "./deps.ts";
import { everythingPage, linkWords } from "./everything.ts";
import { type Html, h, sendPage } from "./html.ts";
import {
  formToken,
  newToken,
  type OpenedPage,
  openedPage,
  pageCookies,
  requireOwnForm,
  visitHere,
} from "./session.ts";
import { landingPage, messagePage, tapPage } from "./tap-page.ts";
import { textsIn } from "./texts.ts";

/** Seconds until a waiting browser polls again. */
const againSeconds = 3;

/** The person page: a tap opens it, and everything on it can be stopped or withdrawn. */
export function personPageRoutes(server: FastifyInstance, deps: PersonPageDeps): void {
  const { pageUrl } = deps.settings;

  server.get<{ Querystring: { did?: unknown } }>("/", async (request, reply) => {
    const page = await openedPage(deps, request);
    return page
      ? showEverything(deps, page, request, reply)
      : show(request, reply, landingPage(words(request)));
  });

  server.post("/tap", async (request, reply) => {
    requireOwnForm(request, pageUrl);
    return toTap(deps, request, reply, { act: "log-in", about: { page: pageUrl } });
  });

  server.get("/tap", (request, reply) => showTap(deps, request, reply));

  server.get<{ Querystring: { code?: unknown } }>("/return", async (request, reply) => {
    const visit = await visitHere(deps, request);
    return visit && visitStanding(visit, request.query.code, deps.clock()) === "ready"
      ? complete(deps, visit, request, reply)
      : reply.redirect("/tap", 303);
  });

  const act = (path: string, does: (page: OpenedPage, fields: Record<string, string>) => Promise<Done>) =>
    server.post(path, async (request, reply) => {
      const page = await openedPage(deps, request);
      if (!page) return reply.redirect("/", 303);
      const did = await does(page, requireOwnForm(request, pageUrl, page));
      return reply.redirect(`/?did=${did}`, 303);
    });
  act("/stop", (page, { enrolment, sure }) => surely(sure, () => stop(deps, page, enrolment ?? "")));
  act("/stop-all", (page, { sure }) => surely(sure, () => stop(deps, page)));
  act("/withdraw", (page, { consent }) => withdraw(deps, page, consent));
  act("/decline", (page, { request }) => decline(deps, page, request));
  act("/erasure", (page, { sure }) => surely(sure, () => erasure(deps, page, true)));
  act("/erasure/take-back", (page) => erasure(deps, page, false));

  server.post("/grant", async (request, reply) => {
    const page = await openedPage(deps, request);
    if (!page) return reply.redirect("/", 303);
    const { request: named } = requireOwnForm(request, pageUrl, page);
    const { personId } = page;
    const asked = await readTerms(deps, page, { named, language: languageOf(request) });
    const { id: requestId, terms, dataset, purpose, fromName, toName } = asked.request;
    return toTap(deps, request, reply, {
      act: "grant-link",
      asked: { personId, requestId },
      about: {
        terms,
        dataset,
        purpose,
        fromName,
        toName,
        noticeSha256: asked.notice.sha256,
        notice: asked.notice.text,
      },
    });
  });

  server.post("/log-out", async (request, reply) => {
    const page = await openedPage(deps, request);
    if (page) {
      requireOwnForm(request, pageUrl, page);
      await endPageSession(deps.pool, page.token);
    }
    setCookie(reply, pageCookies.session, "", 0);
    return reply.redirect("/", 303);
  });
}

const words = (request: FastifyRequest) => textsIn(languageOf(request));

function show(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Html,
  title = words(request).title,
): FastifyReply {
  return sendPage(reply, { language: languageOf(request), title, body });
}

async function showEverything(
  deps: PersonPageDeps,
  page: OpenedPage,
  request: FastifyRequest<{ Querystring: { did?: unknown } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const everything = await everythingShown(deps.pool, page.personId, deps.clock());
  const did = request.query.did;
  const body = everythingPage(everything, {
    t: words(request),
    language: languageOf(request),
    form: formToken(page.token),
    openUntil: page.expiresAt,
    done: did === "done" || did === "pending" ? did : undefined,
  });
  return show(request, reply, body);
}

/** An act that cannot be undone requires the ticked box. */
async function surely(sure: string | undefined, act: () => Promise<Done>): Promise<Done> {
  if (sure === "yes") return act();
  throw new Refusal({
    code: "MALFORMED_REQUEST",
    detail: "The box confirming that this cannot be undone is not ticked.",
  });
}

async function toTap(
  deps: PersonPageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  visit: VisitBegun,
): Promise<FastifyReply> {
  const token = newToken();
  const begun = await beginVisit(deps.pool, deps, token, visit);
  // An open page is counted by its person.
  const place = visit.asked?.personId ?? placeOf(request);
  const gone = deps.taps.add(begun.id, place, { expiresAt: begun.expiresAt, now: deps.clock() });
  if (gone !== undefined) await dropVisit(deps.pool, gone);
  setCookie(reply, pageCookies.visit, token, visitSeconds);
  return reply.redirect("/tap", 303);
}

async function showTap(
  deps: PersonPageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const visit = await visitHere(deps, request);
  if (!visit) return reply.redirect("/", 303);
  const t = words(request);
  const standing = visitStanding(visit, undefined, deps.clock());
  if (standing === "ready") return complete(deps, visit, request, reply);
  if (standing === "elsewhere") return show(request, reply, messagePage(t, t.elsewhere, false), t.tap);
  if (standing === "over") return show(request, reply, messagePage(t, t.overText, true), t.over);
  const terms = visit.act === "grant-link" ? await termsOf(deps, visit, request) : h``;
  const { publicUrl } = deps.settings;
  return sendPage(reply, {
    language: languageOf(request),
    title: visit.act === "grant-link" ? t.grantTitle : t.tap,
    body: tapPage(t, visit, { publicUrl, terms }),
    again: againSeconds,
  });
}

/** The link that the card is to agree to, and its notice. */
async function termsOf(deps: PersonPageDeps, visit: Visit, request: FastifyRequest): Promise<Html> {
  const { about } = JSON.parse(await readVisitShown(deps.pool, deps.sealer, visit.id)) as {
    about: Partial<ShownTerms> &
      Pick<ShownTerms, "fromName" | "toName"> & {
        terms: { dataset: string; purpose: string };
        notice: string;
      };
  };
  const { terms, notice } = about;
  // A tap begun by a gateway of an older version has only the texts in `terms`.
  const inBoth = { dataset: same(terms.dataset), purpose: same(terms.purpose), ...about };
  return h`<p><strong>${linkWords(words(request), languageOf(request), inBoth)}</strong></p><pre>${notice}</pre>`;
}

const same = (text: string): ShownTerms["dataset"] => ({ ja: text, en: text });

/** The tap was made, and this is its browser. */
async function complete(
  deps: PersonPageDeps,
  visit: Visit,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (visit.act === "log-in") {
    const token = newToken();
    const isOpen = await transaction(deps.pool, (connection) =>
      openPage(connection, visit, token, deps.clock()),
    );
    setCookie(reply, pageCookies.visit, "", 0);
    if (isOpen) setCookie(reply, pageCookies.session, token, sessionSeconds);
    return reply.redirect("/", 303);
  }
  const page = await openedPage(deps, request);
  const did = page?.personId === visit.personId ? await grant(deps, page, visit) : undefined;
  setCookie(reply, pageCookies.visit, "", 0);
  return reply.redirect(did === undefined ? "/" : `/?did=${did}`, 303);
}
