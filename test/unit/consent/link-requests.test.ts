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
import { linkDatasetsRoute } from "../../../gateway/routes/link-datasets.ts";
import { linkRequestsRoute } from "../../../gateway/routes/link-requests.ts";
import { type LinkTerms, linkRequestMs } from "../../../protocol/link.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { addPhone, issuer, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { account, datasetOf } from "./datasets.ts";
import { makeWorld, type Person, type World } from "./world.ts";

let registry: TestRegistry;
let server: FastifyInstance;
let gateway: Gateway;
let world: World;
/** The same person at the party that gives and at the one that receives. */
let giver: Person;
let taker: Person;
let terms: LinkTerms;
/** What happens between the storing of a change and its lifecycle's decision. */
let beforeApplied: () => Promise<void>;
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
    change: async ({ changeId }: { changeId: string }) => {
      await beforeApplied();
      return world.activities.applyChange({ changeId });
    },
  };
  consentRoutes(server, { ...deps, consent });
  inboxRoute(server, deps);
  linkRequestsRoute(server, deps);
  linkDatasetsRoute(server, deps);
  gateway = new Gateway(await server.listen({ host: "127.0.0.1", port: 0 }));
});
afterAll(async () => {
  await server?.close();
  await registry?.close();
});
beforeEach(async () => {
  pushed.length = 0;
  beforeApplied = async () => {};
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
  const others = Array.from({ length: 8 }, (_, index) => datasetOf(`Set ${index}`, "Refund"));
  await registerDatasets(registry.pool, giver.partyId, [account, ...others]);
  terms = { from: giver.partyId, to: taker.partyId, dataset: "口座", purpose: "払い戻し" };
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
    await registerDatasets(registry.pool, stranger.partyId, [account]);
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
    const set = (n: number) => ({ ...terms, dataset: `Set ${n}`, purpose: "Refund" });
    for (let n = 1; n < 8; n += 1) await askForLink(gateway, taker.phone, set(n));
    const more = set(0);
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

describe("what one party's app says reaches the other's in registered words alone", () => {
  const inEnglish = { dataset: "Account", purpose: "Refund" };
  const notRegistered = {
    code: "LINK_NOT_POSSIBLE",
    detail: expect.stringMatching(/registered.*--datasets/),
  };
  const count = async (table: string) =>
    (await registry.pool.query(`select 1 from ${table} where person_id = $1`, [giver.personId])).rowCount;

  test("ok/named in either language, shown in one: the language tells nothing; both are there to be read", async () => {
    expect(await gateway.linkDatasets(giver.partyId)).toContainEqual(account);
    const asked = await askForLink(gateway, taker.phone, { ...terms, ...inEnglish });
    expect(await askForLink(gateway, taker.phone, terms)).toEqual(asked);
    expect(await requests(giver.phone)).toMatchObject([{ link: terms }]);
    await grant(giver.phone, { ...terms, ...inEnglish });
    expect(await requests(taker.phone)).toMatchObject([{ ...asked, state: "granted", link: terms }]);
    for (const { phone } of [giver, taker]) {
      const { link, receipt = "" } = await linkOf(phone);
      expect([link, decodeJwt(receipt)["link"]]).toEqual([terms, terms]);
    }
    await expect(grant(giver.phone)).rejects.toMatchObject({ code: "CONSENT_REVISION_PASSED" });
  });

  test("ok/a link whose term is over is granted anew, before its lifecycle has ended it", async () => {
    await grant(giver.phone);
    await expect(grant(giver.phone)).rejects.toMatchObject({ code: "CONSENT_REVISION_PASSED" });
    await registry.pool.query(
      "update consents set valid_until = now() - interval '2 seconds' where person_id = $1 and kind = 'link'",
      [giver.personId],
    );
    await grant(giver.phone);
    expect(await count("links")).toBe(2);
  });

  test("fail/in words of its own an app neither asks nor grants, and nothing is stored", async () => {
    for (const wrong of [
      { purpose: "customer 4711" },
      { dataset: "customer 4711" },
      { dataset: "Account" },
      { purpose: "Refund" },
      { dataset: "Set 1" },
    ])
      for (const attempt of [
        () => askForLink(gateway, taker.phone, { ...terms, ...wrong }),
        () => grant(giver.phone, { ...terms, ...wrong }),
      ])
        await expect(attempt()).rejects.toMatchObject(notRegistered);
    expect([await count("link_requests"), await count("links")]).toEqual([0, 0]);
    expect([await requests(giver.phone), await requests(taker.phone)]).toEqual([[], []]);
  });

  test("fail/a party of before, without a list, is asked for nothing and gives nothing", async () => {
    await registerDatasets(registry.pool, giver.partyId, []);
    expect(await gateway.linkDatasets(giver.partyId)).toEqual([]);
    await expect(askForLink(gateway, taker.phone, terms)).rejects.toMatchObject(notRegistered);
    await expect(grant(giver.phone)).rejects.toMatchObject(notRegistered);
    await expect(gateway.linkDatasets("nobody")).rejects.toMatchObject({ code: "UNKNOWN_PARTY" });
  });

  test("ok/a link of before, in an app's words, stays in force: shown, renewed, withdrawn", async () => {
    await grant(giver.phone);
    await registry.pool.query(
      "update links set dataset = 'Old', purpose = 'words', dataset_en = null, purpose_en = null where person_id = $1",
      [giver.personId],
    );
    await registerDatasets(registry.pool, giver.partyId, []);
    const old = { ...terms, dataset: "Old", purpose: "words" };
    const shown = await linkOf(giver.phone);
    expect(shown).toMatchObject({ state: "in-force", link: old });
    const { consentId, revision } = shown;
    await changeConsent(gateway, giver.phone, {
      act: "renew",
      kind: "link",
      consentId,
      revision,
      attributes: [],
      notice: world.notices.link,
    });
    await changeConsent(gateway, taker.phone, withdrawalOf(await linkOf(taker.phone)));
    expect(await linkOf(giver.phone)).toMatchObject({ state: "withdrawn", link: old });
  });

  test("fail/a request of before, in an app's words, is shown to who asked, and not to the giving side", async () => {
    const asked = await askForLink(gateway, taker.phone, terms);
    await registry.pool.query(
      "update link_requests set purpose = 'customer 4711', dataset_en = null, purpose_en = null where person_id = $1",
      [giver.personId],
    );
    expect(await requests(giver.phone)).toEqual([]);
    expect(await requests(taker.phone)).toMatchObject([{ ...asked, link: { purpose: "customer 4711" } }]);
  });
});

describe("a request", () => {
  test("fail/ends for both sides with a day in Japan, not with a moment that one of them has made", async () => {
    const before = Date.now();
    await askForLink(gateway, taker.phone, terms);
    for (const { phone } of [giver, taker]) {
      const [{ expiresAt } = { expiresAt: "" }] = await requests(phone);
      expect(expiresAt).toMatch(/T15:00:00.000Z$/);
      expect(Date.parse(expiresAt) - before).toBeGreaterThanOrEqual(linkRequestMs);
      expect(Date.parse(expiresAt) - before).toBeLessThanOrEqual(linkRequestMs + 2 * 86_400_000);
    }
    await registry.pool.query(
      "update link_requests set expires_at = '2099-01-01T15:12:13.456Z' where person_id = $1",
      [giver.personId],
    );
    expect(await requests(giver.phone)).toMatchObject([{ expiresAt: "2099-01-01T15:00:00.000Z" }]);
  });

  test("ok/is closed by the transaction that stores the grant: nobody declines it or takes it back after that", async () => {
    const { requestId } = await askForLink(gateway, taker.phone, terms);
    let seen: unknown;
    beforeApplied = async () => {
      await expect(closeLinkRequest(gateway, taker.phone, requestId)).rejects.toMatchObject({
        code: "LINK_REQUEST_CLOSED",
      });
      seen = await requests(giver.phone);
    };
    await grant(giver.phone);
    expect(seen).toMatchObject([{ state: "granted" }]);
    expect(await requests(taker.phone)).toMatchObject([{ requestId, state: "granted" }]);
  });

  test("bad/waits again where the grant is refused by its lifecycle", async () => {
    const { requestId } = await askForLink(gateway, taker.phone, terms);
    beforeApplied = async () => {
      await registry.pool.query("update enrolments set state = 'revoked' where id = $1", [
        giver.phone.enrolmentId,
      ]);
    };
    await expect(grant(giver.phone)).rejects.toMatchObject({ code: "MESSAGE_UNTRUSTED" });
    expect(await requests(taker.phone)).toMatchObject([{ requestId, state: "open" }]);
    expect(await closeLinkRequest(gateway, taker.phone, requestId)).toMatchObject({ state: "taken-back" });
  });
});
