import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { attributeReadPage, listAttributeReads } from "../../../client/app/attribute-reads.ts";
import { changeConsent, type WantedChange, withdrawalOf } from "../../../client/app/consent-change.ts";
import { consentPage, listConsents } from "../../../client/app/consent-list.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import { signPhoneMessage } from "../../../client/app/phone-message.ts";
import { askSealed } from "../../../client/app/sealed-question.ts";
import { attributeReadsRoute } from "../../../gateway/routes/attribute-reads.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { attributeReadList } from "../../../protocol/attribute-reads.ts";
import { consentList } from "../../../protocol/consent.ts";
import { labels } from "../../../protocol/labels.ts";
import { registerDatasets } from "../../../registry/link/datasets.ts";
import { linksOf } from "../../../registry/link/links.ts";
import { addLinkRequest } from "../../../registry/link/requests.ts";
import { addPhone } from "../notification/people.ts";
import { gateway, serveConsents } from "./consent-gateway.ts";
import { person, registry, world } from "./consent-registry.ts";
import { datasetOf, termsOf } from "./datasets.ts";
import { type Person } from "./world.ts";

/** What a person has agreed to stays in sight, however much is added after it. */

let other: Person;

serveConsents((server, deps) => {
  attributeReadsRoute(server, deps);
  inboxRoute(server, deps);
});
beforeEach(async () => {
  const { partyId } = await world.newPerson();
  // More than an operator may register: so many links from one party as make a flood.
  const names = ["the last", "more", ...Array.from({ length: 64 }, (_, index) => `data ${index}`)];
  await registerDatasets(
    registry.pool,
    partyId,
    names.map((name) => datasetOf(name, "p")),
  );
  other = { ...person, partyId, phone: await addPhone(registry.pool, person.personId, partyId) };
});

const giveDisclosure = () =>
  changeConsent(gateway, person.phone, {
    act: "grant",
    kind: "disclosure",
    attributes: ["address"],
    notice: world.notices.disclosure,
  });
const linkTo = (dataset: string): WantedChange => ({
  act: "grant",
  kind: "link",
  attributes: [],
  notice: world.notices.link,
  link: { from: other.partyId, to: person.partyId, dataset, purpose: "p" },
});
/** Another party's app has the person's data linked to this one, again and again. */
async function flood(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await changeConsent(gateway, other.phone, linkTo(`data ${index}`));
}
/** As an older app asks: it knows no pages, and accepts no member that it does not know. */
const listOfBefore = async () =>
  (
    await askSealed(
      person.phone,
      { type: labels.consentList },
      gateway.consents,
      consentList.omit({ next: true }),
    )
  ).consents;

describe("consents", () => {
  test("ok/an older app gets its own party's consents first, however many another party's app adds", async () => {
    const given = await giveDisclosure();
    await flood(33);
    const consents = await listOfBefore();
    expect(consents).toHaveLength(32);
    expect(consents[0]).toMatchObject({ consentId: given.consentId, state: "in-force" });
  });

  test("ok/every consent is listed once, those in force first", async () => {
    const given = await giveDisclosure();
    await flood(40);
    const [first] = (await listConsents(gateway, other.phone)).filter(({ kind }) => kind === "link");
    await changeConsent(gateway, other.phone, withdrawalOf(first!));
    const consents = await listConsents(gateway, person.phone);
    expect(consents).toHaveLength(41);
    expect(new Set(consents.map(({ consentId }) => consentId)).size).toBe(41);
    expect(consents.at(0)).toMatchObject({ consentId: given.consentId });
    expect(consents.map(({ state }) => state).indexOf("withdrawn")).toBe(40);
  });

  test("ok/a consent that ends between two pages removes nothing from the next page", async () => {
    await flood(40);
    const { consents, next } = await consentPage(gateway, person.phone);
    await changeConsent(gateway, person.phone, withdrawalOf(consents.at(-1)!));
    const rest = await consentPage(gateway, person.phone, next);
    expect(rest.consents.filter(({ state }) => state === "in-force")).toHaveLength(8);
    expect(rest.next).toBeUndefined();
  });

  test("bad/another person's cursor finds nothing, and an invented one is refused", async () => {
    await flood(34);
    const { next } = await consentPage(gateway, person.phone);
    const stranger = await world.newPerson(person.partyId);
    expect((await consentPage(gateway, stranger.phone, next)).consents).toEqual([]);
    for (const after of [
      "1_2",
      "1_2_3_4",
      "a_b_c",
      "1_99999999999999999999_1",
      "",
      "1_0_abc",
      "1_0_7",
      "1_0_-",
    ]) {
      const question = { type: labels.consentList, ecdhKey: "A".repeat(87), page: { after } };
      const { message } = await signPhoneMessage(person.phone, question);
      await expect(gateway.consents({ message })).rejects.toMatchObject({ code: "MALFORMED_REQUEST" });
    }
  });

  test("bad/one party's apps may grant no more than 64 a day, withdrawn ones included", async () => {
    await flood(63);
    const last = await changeConsent(gateway, other.phone, linkTo("the last"));
    const tooMany = { code: "CONSENTS_TOO_MANY" };
    await expect(changeConsent(gateway, other.phone, linkTo("more"))).rejects.toMatchObject(tooMany);
    await changeConsent(gateway, other.phone, {
      act: "withdraw",
      kind: "link",
      consentId: last.consentId,
      revision: last.revision,
      attributes: [],
    });
    await expect(changeConsent(gateway, other.phone, linkTo("more"))).rejects.toMatchObject(tooMany);
    // What the other party's apps have given takes nothing from this one's.
    expect((await giveDisclosure()).state).toBe("in-force");
  });

  test("bad/one party's apps renew and amend no more than 64 times a day; a grant and a withdrawal are left", async () => {
    await flood(5);
    const links = await listConsents(gateway, other.phone);
    const again = async (link: (typeof links)[number], act: "renew" | "amend") => {
      const { consentId, revision } = link;
      const asked = { act, kind: "link", attributes: [], notice: world.notices.link, consentId, revision };
      Object.assign(
        link,
        await changeConsent(gateway, other.phone, asked as typeof asked & { kind: "link" }),
      );
    };
    // Of one consent 16 times: four of them come to 64.
    for (const link of links.slice(0, 4))
      for (let index = 0; index < 16; index += 1) await again(link, index % 2 === 0 ? "renew" : "amend");
    const last = links[4]!;
    for (const act of ["renew", "amend"] as const)
      await expect(again(last, act)).rejects.toMatchObject({ code: "CONSENTS_TOO_MANY" });
    expect((await changeConsent(gateway, other.phone, linkTo("more"))).state).toBe("in-force");
    expect((await giveDisclosure()).state).toBe("in-force");
    const ended = await changeConsent(gateway, other.phone, withdrawalOf(last));
    expect(ended.state).toBe("withdrawn");
  });
});

describe("the inbox's newer sections", () => {
  const minute = 60_000;
  const asked = async (dataset: string, createdAt: Date) =>
    addLinkRequest(registry.pool, {
      personId: person.personId,
      terms: termsOf(datasetOf(dataset, "p"), { from: person.partyId, to: other.partyId }),
      askedBy: other.phone.enrolmentId,
      digest: randomUUID(),
      createdAt,
      expiresAt: new Date(Date.now() + minute),
    });

  test("ok/an open request is shown before later ones that were closed, and each once", async () => {
    const start = Date.now() - 100 * minute;
    for (let index = 0; index < 40; index += 1)
      await asked(`data ${index}`, new Date(start + index * minute));
    await registry.pool.query(
      `update link_requests set state = 'declined', closed_at = now()
       where person_id = $1 and dataset not in ('data 0', 'data 1')`,
      [person.personId],
    );
    const first = await readInbox(gateway, person.phone);
    const open = first.linkRequests.filter(({ state }) => state === "open");
    expect(open.map(({ link }) => link.dataset)).toEqual(["data 0", "data 1"]);
    expect(first.linkRequests.slice(0, 2)).toEqual(open);
    const rest = await readInbox(gateway, person.phone, { linkRequests: first.next?.linkRequests });
    const all = [...first.linkRequests, ...rest.linkRequests];
    expect(new Set(all.map(({ requestId }) => requestId)).size).toBe(40);
    expect(rest.next?.linkRequests).toBeUndefined();
  });

  test("fail/a cursor reveals no order of requests: another side's id and an invented position have no effect", async () => {
    const start = Date.now() - 100 * minute;
    for (let index = 0; index < 3; index += 1) await asked(`data ${index}`, new Date(start + index * minute));
    const here = await readInbox(gateway, person.phone);
    const there = await readInbox(gateway, other.phone);
    const ids = [here, there].flatMap(({ linkRequests }) => linkRequests.map(({ requestId }) => requestId));
    expect(new Set(ids).size).toBe(6);
    const seen = async (after: string) => {
      const { linkRequests } = await readInbox(gateway, person.phone, { linkRequests: after });
      return linkRequests.map(({ link }) => link.dataset).join();
    };
    const [first, second, third] = here.linkRequests.map(({ requestId }) => requestId);
    const last = start + 3 * minute;
    for (const place of ["0", "1", String(60_000_000), String(last * 1_000)]) {
      for (const theirs of there.linkRequests.map(({ requestId }) => requestId))
        expect(await seen(`1_${place}_${theirs}`)).toBe("data 0,data 1,data 2");
      expect(await seen(`1_${place}_${first}`)).toBe("data 1,data 2");
      expect(await seen(`1_${place}_${second}`)).toBe("data 2");
      expect(await seen(`1_${place}_${third}`)).toBe("");
    }
  });

  test("ok/the changes of consents are read page by page; a cursor contains no time and no id of another party", async () => {
    await flood(20);
    const given = await listConsents(gateway, person.phone);
    for (const consent of given.slice(0, 20))
      await changeConsent(gateway, person.phone, withdrawalOf(consent));
    const first = await readInbox(gateway, person.phone);
    expect(first.consents).toHaveLength(32);
    expect(first.next?.consents).toMatch(/^0_0_/);
    const rest = await readInbox(gateway, person.phone, { consents: first.next?.consents });
    expect(rest.consents).toHaveLength(8);
    expect(rest.linkRequests).toEqual([]);
    const lines = [...first.consents, ...rest.consents].map(({ consentId, act }) => `${consentId} ${act}`);
    expect(new Set(lines).size).toBe(40);
  });
});

describe("reads", () => {
  const addReads = async (consentId: string, count: number) =>
    registry.pool.query(
      `insert into attribute_reads (consent_id, person_id, party_id, version, attributes, way, read_at)
       select $1, $2, $3, n, '{name}', 'attributes', $4 from generate_series(1, $5::int) n`,
      [consentId, person.personId, person.partyId, new Date(), count],
    );

  test("ok/the newest 128 reads, then every one page by page, also those of the same moment", async () => {
    const { consentId } = await giveDisclosure();
    await addReads(consentId, 300);
    const versions = [];
    let after: string | undefined;
    do {
      const { reads, next } = await attributeReadPage(gateway, person.phone, after);
      versions.push(...reads.map(({ anchorVersion }) => anchorVersion));
      after = next;
    } while (after !== undefined);
    expect(versions).toEqual(Array.from({ length: 300 }, (_, index) => 300 - index));
    expect(await listAttributeReads(gateway, person.phone)).toHaveLength(128);
    await registry.pool.query("update attribute_reads set asked = '{name,address}' where consent_id = $1", [
      consentId,
    ]);
    expect((await listAttributeReads(gateway, person.phone))[0]).toMatchObject({
      attributes: ["name"],
      asked: ["name", "address"],
    });
    const before = attributeReadList.omit({ next: true });
    const question = { type: labels.attributeReads };
    const { reads } = await askSealed(person.phone, question, gateway.attributeReads, before);
    expect(reads).toHaveLength(128);
    expect(Object.keys(reads[0]!)).not.toContain("asked");
  });
});

describe("links of a party", () => {
  test("ok/links in force first, then every one page by page", async () => {
    await flood(5);
    const { pool } = registry;
    const newest = (await linksOf(pool, other.partyId, { limit: 500 })).rows[0]!;
    await pool.query("update consents set state = 'withdrawn', ended_at = now() where link_id = $1", [
      newest.id,
    ]);
    const seen = [];
    let after: string | undefined;
    do {
      const { rows, next } = await linksOf(pool, other.partyId, { after, limit: 2 });
      seen.push(...rows.map(({ id, state }) => ({ id, state })));
      after = next;
    } while (after !== undefined);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(5);
    expect(seen.at(-1)).toEqual({ id: newest.id, state: "withdrawn" });
    expect((await linksOf(pool, `party-${randomUUID()}`, { limit: 2 })).rows).toEqual([]);
  });
});
