import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { examineConsentChange } from "../../../domain/consent/examining.ts";
import { labels } from "../../../protocol/labels.ts";
import { isOver } from "../../../protocol/term.ts";
import { lockDisclosure, lockDisclosureTo } from "../../../registry/consent/disclosures.ts";
import { isInTerm } from "../../../registry/consent/in-force.ts";
import { consentsShownTo } from "../../../registry/consent/list.ts";
import { everythingOf } from "../../../registry/person-page/everything.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { makeWorld, type Person, type World } from "./world.ts";

interface Moment {
  id: string;
  now: string;
  right: string;
}

/** Moments about the end of a term that reads 23:59:59 JST: its last second counts in full, wherever it is asked. */
const moments: Moment[] = JSON.parse(readFileSync(new URL("consent-end.json", import.meta.url), "utf8"));
const validUntil = new Date("2033-05-18T14:59:59Z");

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry?.close());

describe.each(
  moments.map(({ id, now, right }) => [id, new Date(now), right.startsWith("in force")] as const),
)("%s", (_id, now, isInForce) => {
  let world: World;
  let person: Person;
  let consentId: string;
  beforeAll(async () => {
    world = await makeWorld(registry.pool);
    person = await world.newPerson();
    world.plays.now = new Date("2023-05-18T10:00:00+09:00");
    consentId = await world.granted(person, { receivedAt: world.plays.now });
    expect((await world.row(consentId)).validUntil).toEqual(validUntil);
    world.plays.now = now;
  });

  test("ok/in SQL: the consent that a disclosure reads", async () => {
    expect(await lockDisclosure(registry.pool, consentId, "share", now)).toMatchObject({
      inForce: isInForce,
    });
    const found = await lockDisclosureTo(registry.pool, { ...person, now });
    expect(found?.consentId).toBe(isInForce ? consentId : undefined);
  });

  test("ok/at the gateway: the examination of a change", async () => {
    const change = {
      type: labels.consentChange,
      act: "withdraw",
      kind: "disclosure",
      consentId,
      revision: 1,
      attributes: [],
    } as unknown as Parameters<typeof examineConsentChange>[1];
    const subject = {
      personId: person.personId,
      partyId: person.partyId,
      linkId: null,
      kind: "disclosure" as const,
    };
    const examined = examineConsentChange(registry.pool, change, subject, now);
    await (isInForce
      ? expect(examined).resolves.toBeUndefined()
      : expect(examined).rejects.toMatchObject({ code: "CONSENT_NOT_IN_FORCE" }));
  });

  test("ok/as shown in the app's list and on the CA's own page, whether the end is recorded or not", async () => {
    const shown = isInForce
      ? { id: consentId, state: "in-force", endedAt: null }
      : { id: consentId, state: "expired", endedAt: validUntil };
    const { rows } = await consentsShownTo(registry.pool, person, now, { limit: 8 });
    expect(rows).toMatchObject([shown]);
    expect(
      (await everythingOf(registry.pool, person.personId, { now, mostEnded: 50 })).consents,
    ).toMatchObject([shown]);
  });

  test("ok/in the lifecycle: the registry decides whether it expires", async () => {
    const after = await world.activities.expireConsent({ consentId });
    expect(after.state).toBe(isInForce ? "in-force" : "expired");
  });
});

test.each([
  ["14:59:59.000", "15:00:00.000", true],
  ["14:59:59.000", "14:59:59.999", false],
  // A term with a fraction of a second, which none of ours has, ends where it says.
  ["14:59:59.500", "14:59:59.500", true],
  ["14:59:59.500", "14:59:59.499", false],
])("ok/until %s, at %s: SQL and TypeScript agree", async (until, at, over) => {
  const [end, now] = [new Date(`2033-05-18T${until}Z`), new Date(`2033-05-18T${at}Z`)];
  expect(isOver(end, now)).toBe(over);
  const { rows } = await registry.pool.query(`select ${isInTerm("$1::timestamptz", "$2")} as holds`, [
    end,
    now,
  ]);
  expect(rows).toEqual([{ holds: !over }]);
});

test("ok/only protocol/term.ts and registry/consent/in-force.ts compare the end of a term", () => {
  const root = new URL("../../../", import.meta.url);
  const sources = ["activities", "domain", "gateway", "registry", "client", "pages"].flatMap((room) =>
    readdirSync(new URL(room, root), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => `${room}/${path}`),
  );
  const compares =
    /valid_until\s*[<>]|[<>]=?\s*(?:\w+\.)?valid_until|validUntil\b[^,;\n]{0,20}\s[<>]=?\s|\s[<>]=?\s[\w.]*validUntil\b/;
  expect(sources.length).toBeGreaterThan(300);
  expect(sources.filter((path) => compares.test(readFileSync(new URL(path, root), "utf8")))).toEqual([
    // What is overdue by days is looked after; nothing is decided by it.
    "registry/consent/sweeps.ts",
  ]);
});
