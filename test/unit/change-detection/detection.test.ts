import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { CRLReasons } from "@peculiar/asn1-x509";
import { MockActivityEnvironment } from "@temporalio/testing";
import type { Pool } from "pg";
import { createDailyRunActivities } from "../../../activities/change-detection/daily-run.ts";
import type { ChangeDetectionDeps } from "../../../activities/change-detection/deps.ts";
import { createRefreshActivities } from "../../../activities/change-detection/refresh.ts";
import {
  type CrlPart,
  JLisBusy,
  JLisRefusal,
  JLisUnavailable,
  type LatestAttributes,
} from "../../../activities/j-lis/j-lis.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { addCard, cardReference } from "../../../registry/recognition/persons.ts";
import { type CrlMistakes, crlOf, entry } from "../card-verification/test-crl.ts";
import { signCaName, TestCa } from "../card-verification/test-pki.ts";
import { addAttributeRecord, firstRecord, moved, sealer } from "../notification/people.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const anchors = testAnchors(ca.pem);
const issuerKeyId = anchors[0]!.keyId;
const recognitionKey = randomBytes(32);
const now = new Date("2026-06-01T12:00:00Z");
const latest = {
  certificate: { issuerKeyId, serial: "77" },
  attributes: { address: moved.address, addressSubstitution: "" },
};

let registry: TestRegistry;
let pool: Pool;
beforeAll(async () => {
  registry = await startTestRegistry();
  ({ pool } = registry);
});
afterAll(async () => registry?.close());

/** J-LIS as a test wants it: one part, whose list it sets, and what it says of a person. */
const plays = {
  part: "",
  number: 7,
  list: Buffer.alloc(0) as Uint8Array,
  answer: async (): Promise<LatestAttributes> => latest,
  asked: 0,
  signalled: [] as string[],
  alarms: [] as object[],
};
const deps = (): ChangeDetectionDeps => ({
  pool,
  sealer,
  anchors,
  recognitionKey,
  clock: () => now,
  log: { error: (what: unknown) => plays.alarms.push(what as object), warn: () => {} } as never,
  durations: { newCertificatePollMs: 86_400_000, registerRetryMs: 900_000 },
  jlis: {
    crlParts: async (): Promise<CrlPart[]> => [
      {
        part: plays.part,
        issuerKeyId,
        distributionPoint: "",
        number: String(plays.number),
        thisUpdate: now.toISOString(),
        nextUpdate: now.toISOString(),
      },
    ],
    crl: async () =>
      (async function* () {
        yield plays.list;
      })(),
    latestAttributes: async () => {
      plays.asked += 1;
      return plays.answer();
    },
    successor: async () => latest.certificate,
  },
  signalRefresh: async (personId) => {
    plays.signalled.push(personId);
  },
  signalChangedRecord: async () => {},
});

beforeEach(() => {
  Object.assign(plays, {
    part: `part-${randomUUID()}`,
    number: 7,
    asked: 0,
    signalled: [],
    alarms: [],
    answer: async () => latest,
  });
});

const run = () => new MockActivityEnvironment().run(() => createDailyRunActivities(deps()).readCrlParts());
const dispatch = () =>
  new MockActivityEnvironment().run(() => createDailyRunActivities(deps()).dispatchHits());
const publish = (entries: ReturnType<typeof entry>[], mistakes: CrlMistakes = {}) => {
  plays.list = crlOf(ca, { entries, scope: undefined, ...mistakes });
  plays.number += 1;
};

/** A person who agreed, with a card certificate of a serial of its own. */
async function person(serial: string, { agreed = true } = {}): Promise<string> {
  const personId = randomUUID();
  await insert(pool, "persons", { id: personId });
  await addAttributeRecord(pool, personId, 1, firstRecord);
  const reference = cardReference(recognitionKey, { issuerKeyId, serial });
  await addCard(pool, { reference, personId, foundBy: "first-seen" });
  const sha256 = randomUUID();
  const notice = {
    sha256,
    id: randomUUID(),
    purpose: "register-refresh",
    version: "1",
    language: "ja",
    text: "説明",
  };
  await insert(pool, "notices", notice);
  if (agreed)
    await insert(pool, "consents", {
      id: randomUUID(),
      person_id: personId,
      kind: "register-refresh",
      attributes: ["name", "address"],
      notice_sha256: sha256,
      state: "in-force",
      revision: 1,
      valid_from: now,
      valid_until: new Date("2036-06-01T00:00:00Z"),
      remind_at: new Date("2027-06-01T00:00:00Z"),
      register_id: "r-1",
      register_state: "held",
    });
  return personId;
}

let count = 0x10;
/** Octets and hex of a serial nobody else has. */
const newSerial = () => {
  count += 1;
  return {
    octets: [0x11, count >> 8, count & 0xff],
    hex: Buffer.from([0x11, count >> 8, count & 0xff]).toString("hex"),
  };
};

async function hitOf(personId: string): Promise<{ id: string; state: string; outcome: string | null }> {
  const { rows } = await pool.query("select id, state, outcome from card_revocations where person_id = $1", [
    personId,
  ]);
  return rows[0];
}
const versionsOf = async (personId: string) =>
  (
    await pool.query("select version, source, changed from anchors where person_id = $1 order by version", [
      personId,
    ])
  ).rows;

describe("the daily run", () => {
  test("ok/what is new and ours becomes one hit, strangers become none, and the same list is not read twice", async () => {
    const { octets, hex } = newSerial();
    const personId = await person(hex);
    publish([entry(newSerial().octets), entry(octets, CRLReasons.affiliationChanged)]);
    expect(await run()).toMatchObject({ parts: 1, refused: 0, entries: 2, newEntries: 2, hits: 1 });
    expect(await run()).toMatchObject({ newEntries: 0, hits: 0 });
    await dispatch();
    expect(plays.signalled).toContain(personId);
    const { rows } = await pool.query("select * from card_revocations where person_id = $1", [personId]);
    expect(JSON.stringify(rows)).not.toContain(hex);
  });

  test("ok/new is what the list before did not have, whatever its date says", async () => {
    const [old, late] = [newSerial(), newSerial()];
    publish([entry(old.octets)]);
    await run();
    // Known to us only after the list had it: the tap's own status answer has spoken for it then.
    await person(old.hex);
    const personId = await person(late.hex);
    publish([entry(old.octets), entry(late.octets)]);
    expect(await run()).toMatchObject({ entries: 2, newEntries: 1, hits: 1 });
    expect(await hitOf(personId)).toMatchObject({ state: "waiting" });
  });

  test.each<[string, CrlMistakes]>([
    ["a wrong signature", { key: new TestCa(signCaName("JPKI-TEST")).keys.privateKey }],
    ["an older list", { thisUpdate: "2026-05-30T15:00:00Z" }],
    ["an ended list", { nextUpdate: "2026-06-01T11:00:00Z" }],
  ])("fail/%s: refused, an alarm, and the state of before", async (_, mistakes) => {
    const [first, second] = [newSerial(), newSerial()];
    publish([entry(first.octets)]);
    await run();
    const personId = await person(second.hex);
    publish([entry(first.octets), entry(second.octets)], mistakes);
    expect(await run()).toMatchObject({ refused: 1, newEntries: 0, hits: 0 });
    expect(await hitOf(personId)).toBeUndefined();
    expect(plays.alarms).toEqual([expect.objectContaining({ alarm: "crl-refused" })]);
    publish([entry(first.octets), entry(second.octets)]);
    expect(await run()).toMatchObject({ refused: 0, newEntries: 1, hits: 1 });
  });

  test("fail/a truncated list is refused too", async () => {
    const { octets, hex } = newSerial();
    const personId = await person(hex);
    publish([entry(octets)]);
    plays.list = plays.list.subarray(0, plays.list.length - 40);
    expect(await run()).toMatchObject({ refused: 1 });
    expect(await hitOf(personId)).toBeUndefined();
  });
});

/** A person whose card certificate is revoked for a reason. */
async function revoked(reason: CRLReasons | undefined, options: { agreed?: boolean } = {}) {
  const { octets, hex } = newSerial();
  const personId = await person(hex, options);
  publish([entry(octets, reason)]);
  await run();
  return { personId, hitId: (await hitOf(personId)).id };
}

describe("a refresh", () => {
  test.each<[string, CRLReasons | undefined, string]>([
    ["affiliationChanged", CRLReasons.affiliationChanged, "fetch"],
    ["unspecified", undefined, "fetch"],
    ["superseded", CRLReasons.superseded, "link"],
    ["keyCompromise", CRLReasons.keyCompromise, "operator"],
    ["certificateHold", CRLReasons.certificateHold, "operator"],
    ["cessationOfOperation", CRLReasons.cessationOfOperation, "operator"],
  ])("ok/%s", async (_, reason, kind) => {
    const { hitId } = await revoked(reason);
    expect(await createRefreshActivities(deps()).classifyHit({ hitId })).toEqual({ kind });
  });

  test("ok/a new address is the next version, from one call, and again costs none", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    plays.answer = async () => ({ ...latest, certificate: { issuerKeyId, serial: newSerial().hex } });
    const refresher = createRefreshActivities(deps());
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ version: 2, changed: true });
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ changed: false });
    expect(plays.asked).toBe(1);
    expect(await versionsOf(personId)).toEqual([
      expect.objectContaining({ version: 1 }),
      { version: 2, source: "j-lis", changed: ["address"] },
    ]);
    expect(await hitOf(personId)).toMatchObject({ state: "settled", outcome: "changed" });
  });

  test("ok/the same attributes: the new card is linked, no version, nobody to tell", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    const serial = newSerial().hex;
    plays.answer = async () => ({
      certificate: { issuerKeyId, serial },
      attributes: { address: firstRecord.address },
    });
    const refresher = createRefreshActivities(deps());
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ version: 1, changed: false });
    const { rows } = await pool.query("select person_id from card_certificates where reference = $1", [
      cardReference(recognitionKey, { issuerKeyId, serial }),
    ]);
    expect(rows).toEqual([{ person_id: personId }]);
  });

  test("ok/where a tap has shown a newer card, J-LIS is not asked", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    const reference = cardReference(recognitionKey, { issuerKeyId, serial: newSerial().hex });
    await addCard(pool, { reference, personId, foundBy: "first-seen" });
    expect(await createRefreshActivities(deps()).classifyHit({ hitId })).toEqual({ kind: "nothing" });
    expect(plays.asked).toBe(0);
  });

  test("fail/without a consent in force J-LIS is not asked", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged, { agreed: false });
    const refresher = createRefreshActivities(deps());
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ changed: false });
    expect(plays.asked).toBe(0);
    expect(await versionsOf(personId)).toHaveLength(1);
  });

  test("fail/nor under one whose term is over, though its row still says in force", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    await pool.query("update consents set valid_until = '2020-01-01' where person_id = $1", [personId]);
    const refresher = createRefreshActivities(deps());
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ changed: false });
    expect(plays.asked).toBe(0);
    expect(await hitOf(personId)).toMatchObject({ state: "settled", outcome: "no-consent" });
  });

  test.each<[string, () => Error, number, number]>([
    [
      "no new certificate yet",
      () => new JLisRefusal("LATEST_CERTIFICATE_NOT_EXISTS"),
      70_000_000,
      100_000_000,
    ],
    ["not synchronised yet", () => new JLisRefusal("NOT_SYNCED_YET"), 70_000_000, 100_000_000],
    ["J-LIS is away", () => new JLisUnavailable("away"), 800_000, 1_000_000],
    ["J-LIS is busy", () => new JLisBusy(5_000), 4_000, 6_000],
  ])("ok/%s: tried again later, and the failure says no more", async (_, made, least, most) => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    plays.answer = async () => {
      throw made();
    };
    const refresher = createRefreshActivities(deps());
    const failure = await refresher.refreshAnchor({ hitId, mode: "fetch" }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: "NOT_SYNCED_YET", nonRetryable: false });
    const delay = (failure as { nextRetryDelay: number }).nextRetryDelay;
    expect(delay).toBeGreaterThan(least);
    expect(delay).toBeLessThan(most);
    expect(JSON.stringify(failure)).not.toMatch(/LATEST_CERTIFICATE|REVOKED/);
    expect((await hitOf(personId)).state).not.toBe("settled");
  });
});
