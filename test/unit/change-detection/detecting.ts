import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import type { CRLReasons } from "@peculiar/asn1-x509";
import { MockActivityEnvironment } from "@temporalio/testing";
import type { Pool } from "pg";
import { createDailyRunActivities } from "../../../activities/change-detection/daily-run.ts";
import type { ChangeDetectionDeps } from "../../../activities/change-detection/deps.ts";
import type { CrlPart, LatestAttributes } from "../../../activities/j-lis/j-lis.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { addCard, cardReference } from "../../../registry/recognition/persons.ts";
import { type CrlMistakes, crlOf, entry } from "../card-verification/test-crl.ts";
import { signCaName, TestCa } from "../card-verification/test-pki.ts";
import { addAttributeRecord, firstRecord, moved, sealer } from "../notification/people.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const anchors = testAnchors(ca.pem);
export const issuerKeyId = anchors[0]!.keyId;
export const recognitionKey = randomBytes(32);
const now = new Date("2026-06-01T12:00:00Z");
export const latest = {
  certificate: { issuerKeyId, serial: "77" },
  attributes: { address: moved.address, addressSubstitution: "" },
};

let registry: TestRegistry;
export let pool: Pool;

export function playJlis(): void {
  beforeAll(async () => {
    registry = await startTestRegistry();
    ({ pool } = registry);
  });
  afterAll(async () => registry?.close());
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
}

/** J-LIS as a test wants it: one part, whose list it sets, and what it says of a person. */
export const plays = {
  part: "",
  number: 7,
  list: Buffer.alloc(0) as Uint8Array,
  answer: async (): Promise<LatestAttributes> => latest,
  asked: 0,
  signalled: [] as string[],
  alarms: [] as object[],
};
export const deps = (): ChangeDetectionDeps => ({
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

export const run = () =>
  new MockActivityEnvironment().run(() => createDailyRunActivities(deps()).readCrlParts());
export const dispatch = () =>
  new MockActivityEnvironment().run(() => createDailyRunActivities(deps()).dispatchHits());
export const publish = (entries: ReturnType<typeof entry>[], mistakes: CrlMistakes = {}) => {
  plays.list = crlOf(ca, { entries, scope: undefined, ...mistakes });
  plays.number += 1;
};

/** A person who agreed, with a card certificate of a serial of its own. */
export async function person(serial: string, { agreed = true } = {}): Promise<string> {
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
export const newSerial = () => {
  count += 1;
  return {
    octets: [0x11, count >> 8, count & 0xff],
    hex: Buffer.from([0x11, count >> 8, count & 0xff]).toString("hex"),
  };
};

export async function matchOf(
  personId: string,
): Promise<{ id: string; state: string; outcome: string | null }> {
  const { rows } = await pool.query("select id, state, outcome from card_revocations where person_id = $1", [
    personId,
  ]);
  return rows[0];
}
export const versionsOf = async (personId: string) =>
  (
    await pool.query("select version, source, changed from anchors where person_id = $1 order by version", [
      personId,
    ])
  ).rows;

/** A person whose card certificate is revoked for a reason. */
export async function revoked(reason: CRLReasons | undefined, options: { agreed?: boolean } = {}) {
  const { octets, hex } = newSerial();
  const personId = await person(hex, options);
  publish([entry(octets, reason)]);
  await run();
  return { personId, hitId: (await matchOf(personId)).id };
}
