import { createHash, randomBytes, randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance } from "fastify";
import type { Pool } from "pg";
import pino from "pino";
import { Gateway } from "../../../client/app/gateway.ts";
import { type OpenVisit, openPageVisit } from "../../../client/app/page-visit.ts";
import type { CardProofDeps } from "../../../domain/login/card-proof.ts";
import { buildPersonPage } from "../../../gateway/person-page/server.ts";
import { onError } from "../../../gateway/problems.ts";
import { pageVisitRoutes } from "../../../gateway/routes/page-visits.ts";
import { encode, utf8 } from "../../../protocol/encoding.ts";
import { labels } from "../../../protocol/labels.ts";
import type { Refused } from "../../../protocol/refusals.ts";
import { addCard } from "../../../registry/recognition/persons.ts";
import { choosePort } from "../../../sandbox/embedded/ports.ts";
import { makeWorld, type Person } from "../consent/world.ts";
import { sealer } from "../notification/people.ts";
import { PageBrowser, tapOf } from "./browser.ts";

export const cardQuestionsPerHour = 10;

/** The CA's page and the addresses of its taps, on a real registry; cards are played: what a card signs is its JSON. */
export async function makePageWorld(pool: Pool, perMinute = 10_000, mostWaiting = 10_000) {
  const consents = await makeWorld(pool);
  const { plays } = consents;
  /** By the name of a card: whose it is, and what its issuer would say. */
  const cards = new Map<string, { reference: Buffer; refusal?: Refused }>();
  const asked: string[] = [];
  const readCard: CardProofDeps["readCard"] = async (cms) => {
    const { card: name, content } = JSON.parse(Buffer.from(cms).toString()) as {
      card: string;
      content: object;
    };
    const card = cards.get(name);
    if (!card) return { ok: false, code: "SIGNATURE_MISMATCH", detail: "no such card" };
    const refusal = async () => {
      asked.push(name);
      return card.refusal;
    };
    return { ok: true, content: utf8(JSON.stringify(content)), reference: card.reference, refusal };
  };
  const phones: FastifyInstance = Fastify();
  phones.setErrorHandler(onError);
  const clock = () => plays.now;
  // Both name the other's address before they listen.
  const taken = new Set<number>();
  const [gatewayPort, pagePort] = [await choosePort(undefined, taken), await choosePort(undefined, taken)];
  const publicUrl = `http://127.0.0.1:${gatewayPort}`;
  const pageUrl = `http://127.0.0.1:${pagePort}`;
  const secret = randomBytes(32);
  pageVisitRoutes(phones, { pool, sealer, clock, readCard, secret, pageUrl, cardQuestionsPerHour });
  const signalled: string[] = [];
  const page = await buildPersonPage(
    {
      pool,
      sealer,
      clock,
      consent: { change: ({ changeId }) => consents.activities.applyChange({ changeId }) },
      certificate: { reread: async (id) => void signalled.push(id) },
      settings: {
        pageUrl,
        publicUrl,
        setting: "test",
        answerMs: 1_000,
        rateLimit: perMinute,
        mostWaiting,
        trustedProxies: ["127.0.0.1"],
      },
    },
    pino({ level: "silent" }),
  );
  await phones.listen({ host: "127.0.0.1", port: gatewayPort });
  await page.listen({ host: "127.0.0.1", port: pagePort });
  const gateway = new Gateway(publicUrl);

  /** A card of a person, known by an enrolment before; or of nobody known. */
  const cardOf = async (personId?: string, refusal?: Refused): Promise<string> => {
    const name = randomUUID();
    const reference = createHash("sha256").update(name).digest();
    cards.set(name, { reference, ...(refusal ? { refusal } : {}) });
    if (personId !== undefined) await addCard(pool, { reference, personId, foundBy: "first-seen" });
    return name;
  };

  /** What the SDK signs with a real card, by one of these. */
  const answer = (visit: OpenVisit, card: string, more: { number?: number; content?: object } = {}) => {
    const { visitId, act, via, shownSha256 } = visit;
    const { number, content } = more;
    const signed = {
      type: labels.pageVisit,
      visitId,
      act,
      via,
      shownSha256,
      ...(number ? { number } : {}),
      ...content,
    };
    const cms = utf8(JSON.stringify({ card, content: signed, at: randomUUID() }));
    return gateway.answerPageVisit({ visitId, card: encode(cms) });
  };

  const browser = () => new PageBrowser(pageUrl);
  /** A browser to which the page is open for a person. */
  const opened = async ({ personId }: Pick<Person, "personId">): Promise<PageBrowser> => {
    const card = await cardOf(personId);
    const seen = browser();
    const { here } = tapOf(await seen.press("/tap"));
    const { returnTo = "" } = await answer(await openPageVisit(gateway, here), card);
    await seen.open(returnTo);
    return seen;
  };

  const close = () => Promise.all([phones.close(), page.close()]);
  return { ...consents, pageUrl, gateway, cardOf, answer, asked, signalled, browser, opened, cards, close };
}

export type PageWorld = Awaited<ReturnType<typeof makePageWorld>>;

export type { Person };
