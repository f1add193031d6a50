import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { decodeJwt } from "jose";
import { changeConsent, type WantedChange, withdrawalOf } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import { Gateway } from "../../../client/app/gateway.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import { askForLink, closeLinkRequest } from "../../../client/app/link-requests.ts";
import type { PhoneEnrolment } from "../../../client/app/phone-message.ts";
import { onError } from "../../../gateway/problems.ts";
import { consentRoutes } from "../../../gateway/routes/consents.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { linkRequestsRoute } from "../../../gateway/routes/link-requests.ts";
import { type LinkTerms, linkRequestMs } from "../../../protocol/link.ts";
import { addPhone, issuer, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { makeWorld, type Person, type World } from "./world.ts";

let registry: TestRegistry;
let server: FastifyInstance;
let gateway: Gateway;
let world: World;
/** The same person at the party that gives and at the one that receives. */
let giver: Person;
let taker: Person;
let terms: LinkTerms;
/** The parties at which the person's phones were told that there is something to see. */
const pushed: string[] = [];

beforeAll(async () => {
  registry = await startTestRegistry();
  server = Fastify();
  server.setErrorHandler(onError);
  const pushConsents = async ({ partyId }: { partyId: string }) => void pushed.push(partyId);
  const deps = {
    pool: registry.pool,
    sealer,
    issuer,
    answerMs: 1_000,
    clock: () => new Date(),
    pushConsents,
  };
  const consent = {
    change: ({ changeId }: { changeId: string }) => world.activities.applyChange({ changeId }),
  };
  consentRoutes(server, { ...deps, consent });
  inboxRoute(server, deps);
  linkRequestsRoute(server, deps);
  gateway = new Gateway(await server.listen({ host: "127.0.0.1", port: 0 }));
});
afterAll(async () => {
  await server?.close();
  await registry?.close();
});
beforeEach(async () => {
  pushed.length = 0;
  world = await makeWorld(registry.pool);
  giver = await world.newPerson();
  const { partyId } = await world.newPerson();
  const { personId } = giver;
  taker = { personId, partyId, phone: await addPhone(registry.pool, personId, partyId) };
  for (const [phone, pseudonym] of [
    [giver.phone, "at-the-giver"],
    [taker.phone, "at-the-taker"],
  ] as const)
    await registry.pool.query("update enrolments set pseudonym = $2 where id = $1", [
      phone.enrolmentId,
      pseudonym,
    ]);
  terms = { from: giver.partyId, to: taker.partyId, dataset: "Account", purpose: "Refund" };
});

const grant = (phone: PhoneEnrolment, link = terms) =>
  changeConsent(gateway, phone, {
    act: "grant",
    kind: "link",
    attributes: [],
    notice: world.notices.link,
    link,
  });
const requests = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).linkRequests;
const told = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).consents;
const linkOf = async (phone: PhoneEnrolment) =>
  (await listConsents(gateway, phone)).find(({ kind }) => kind === "link")!;

describe("a link is granted where the data are given", () => {
  test("fail/the app of the party that receives neither grants nor renews; an old app's person is told what to do", async () => {
    const refused = {
      code: "LINK_NOT_POSSIBLE",
      next: { en: expect.stringMatching(/giving party.*update/) },
    };
    await expect(grant(taker.phone)).rejects.toMatchObject(refused);
    expect(await told(giver.phone)).toEqual([]);
    await grant(giver.phone);
    const { consentId, revision } = await linkOf(taker.phone);
    const renewal: WantedChange = { act: "renew", kind: "link", consentId, revision, attributes: [] };
    await expect(
      changeConsent(gateway, taker.phone, { ...renewal, notice: world.notices.link }),
    ).rejects.toMatchObject(refused);
    const own = await linkOf(giver.phone);
    const renewed = await changeConsent(gateway, giver.phone, {
      ...renewal,
      consentId: own.consentId,
      revision: own.revision,
      notice: world.notices.link,
    });
    expect(renewed).toMatchObject({ consentId: own.consentId, revision: 2, state: "in-force" });
  });

  test("ok/asked for by the one, granted by the other: both inboxes hear, under names of their own", async () => {
    const asked = await askForLink(gateway, taker.phone, terms);
    expect(asked.state).toBe("open");
    const [waiting] = await requests(giver.phone);
    expect(waiting).toMatchObject({ role: "gives", link: terms, state: "open" });
    expect(waiting!.requestId).not.toBe(asked.requestId);
    expect(await requests(taker.phone)).toMatchObject([{ ...asked, role: "receives", link: terms }]);

    const granted = await grant(giver.phone);
    expect(pushed).toEqual([giver.partyId, taker.partyId]);
    expect(await requests(giver.phone)).toMatchObject([{ requestId: waiting!.requestId, state: "granted" }]);
    expect(await requests(taker.phone)).toMatchObject([{ requestId: asked.requestId, state: "granted" }]);
    const [here, there] = [await told(giver.phone), await told(taker.phone)];
    expect(here).toMatchObject([
      { consentId: granted.consentId, act: "grant", where: "here", kind: "link", link: terms },
    ]);
    expect(there).toMatchObject([{ act: "grant", where: "elsewhere", kind: "link", link: terms }]);
    expect(there[0]!.consentId).not.toBe(granted.consentId);

    // The receipt of each names the person as that party knows them, and no other.
    const receipts = await Promise.all(
      [giver, taker].map(async ({ phone }) => (await linkOf(phone)).receipt!),
    );
    const [ours, theirs] = receipts.map((receipt) => decodeJwt(receipt));
    expect(ours).toMatchObject({ record_id: granted.consentId, sub: "at-the-giver", recipient: terms.to });
    expect(theirs).toMatchObject({ record_id: there[0]!.consentId, sub: "at-the-taker", purpose: "link" });
  });

  test("ok/withdrawn at either side, and both inboxes hear", async () => {
    await grant(giver.phone);
    await changeConsent(gateway, taker.phone, withdrawalOf(await linkOf(taker.phone)));
    expect(await told(taker.phone)).toMatchObject([{ act: "withdraw", where: "here" }, { act: "grant" }]);
    expect(await told(giver.phone)).toMatchObject([
      { act: "withdraw", where: "elsewhere" },
      { act: "grant" },
    ]);
    expect(await linkOf(giver.phone)).toMatchObject({ state: "withdrawn" });
  });

  test("ok/declined where the data are, or taken back; the same again has the same answer", async () => {
    await askForLink(gateway, taker.phone, terms);
    const { requestId } = (await requests(giver.phone))[0]!;
    for (let times = 0; times < 2; times += 1)
      expect(await closeLinkRequest(gateway, giver.phone, requestId)).toEqual({
        requestId,
        state: "declined",
      });
    const [own] = await requests(taker.phone);
    expect(own).toMatchObject({ state: "declined" });
    await expect(closeLinkRequest(gateway, taker.phone, own!.requestId)).rejects.toMatchObject({
      code: "LINK_REQUEST_CLOSED",
    });
    const again = await askForLink(gateway, taker.phone, terms);
    expect(again.requestId).not.toBe(own!.requestId);
    expect(await askForLink(gateway, taker.phone, terms)).toEqual(again);
    expect(pushed).toEqual([giver.partyId, taker.partyId, giver.partyId]);
    expect(await closeLinkRequest(gateway, taker.phone, again.requestId)).toMatchObject({
      state: "taken-back",
    });
    expect(await requests(giver.phone)).toMatchObject([{ state: "taken-back" }, { state: "declined" }]);
  });

  test("fail/who asks is not told whether the person is known at the giving party", async () => {
    const stranger = await world.newPerson();
    const answer = await askForLink(gateway, taker.phone, { ...terms, from: stranger.partyId });
    expect(answer).toEqual({ requestId: expect.any(String), state: "open" });
    expect(await requests(stranger.phone)).toEqual([]);
    await expect(askForLink(gateway, taker.phone, { ...terms, from: "nobody" })).rejects.toMatchObject({
      code: "UNKNOWN_PARTY",
    });
  });

  test("fail/for another party, of another person, too often, or after its time", async () => {
    const code = (what: string) => ({ code: what });
    for (const wrong of [{ to: giver.partyId, from: taker.partyId }, { from: taker.partyId }])
      await expect(askForLink(gateway, taker.phone, { ...terms, ...wrong })).rejects.toMatchObject(
        code("MALFORMED_REQUEST"),
      );
    const asked = await askForLink(gateway, taker.phone, terms);
    const other = await world.newPerson(giver.partyId);
    const [waiting] = await requests(giver.phone);
    for (const [phone, id] of [
      [other.phone, waiting!.requestId],
      [giver.phone, asked.requestId],
    ] as const)
      await expect(closeLinkRequest(gateway, phone, id)).rejects.toMatchObject(code("LINK_REQUEST_CLOSED"));
    await registry.pool.query("update link_requests set expires_at = $2 where receiving_id = $1", [
      asked.requestId,
      new Date(),
    ]);
    expect(await requests(giver.phone)).toMatchObject([{ state: "expired" }]);
    await expect(closeLinkRequest(gateway, giver.phone, waiting!.requestId)).rejects.toMatchObject(
      code("LINK_REQUEST_CLOSED"),
    );
    for (let n = 1; n < 8; n += 1) await askForLink(gateway, taker.phone, { ...terms, dataset: `Set ${n}` });
    const more = { ...terms, dataset: "One more" };
    await expect(askForLink(gateway, taker.phone, more)).rejects.toMatchObject(
      code("LINK_REQUESTS_TOO_MANY"),
    );
    await registry.pool.query("update link_requests set created_at = $2 where person_id = $1", [
      taker.personId,
      new Date(Date.now() - linkRequestMs),
    ]);
    expect(await askForLink(gateway, taker.phone, more)).toMatchObject({ state: "open" });
  });
});
