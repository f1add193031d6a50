import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type AppliedApplication, activate, apply } from "../../client/app/one-tap.ts";
import { EncryptionCodec } from "../../client/data-converter/payload-codec.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import { decryptHistory, type History, isPayload } from "../replay/plain-history.mjs";
import { Phone, pin } from "./phone.ts";
import { lifecycle, rows, stack } from "./stack.ts";

/** What the lifecycles leave in Temporal: as it is stored there, and as a holder of the codec's keys reads it. */
interface Recorded {
  scenario: string;
  enrolmentId: string;
  evidenceId: string;
  /** Everything that must not be found, by what it is. */
  secrets: Record<string, Uint8Array>;
  stored: History;
  decrypted: History;
  description: unknown;
}

const scenarios: Recorded[] = [];

beforeAll(async () => {
  const first = await Phone.new();
  const enrolled = await first.applied();
  await activate(enrolled);
  scenarios.push(await record("issued", first, enrolled));

  await first.card.atTownHall("move", { address: "北海道函館市元町１１番１３号　転居先住宅５０１" });
  await first.card.atTownHall("renew");
  const second = await Phone.holding(first.card);
  const replaced = await second.applied({ intent: "replace" });
  await activate(replaced);
  scenarios.push(await record("replaced", second, replaced));

  const revoked = await Phone.new();
  await revoked.card.atTownHall("revoke", { reason: "affiliationChanged" });
  const begun = await revoked.begin();
  await expect(apply(await revoked.tapped(begun))).rejects.toMatchObject({ code: "CERTIFICATE_REVOKED" });
  scenarios.push(await record("refused", revoked, { begun }));

  const forgetful = await Phone.new();
  const applied = await forgetful.applied();
  for (const code of ["CODE_WRONG", "CODE_WRONG", "CODE_LOCKED"]) {
    const wrong = { ...applied, code: randomBytes(applied.code.length) };
    await expect(activate(wrong)).rejects.toMatchObject({ code });
  }
  scenarios.push(await record("locked", forgetful, applied));
});

async function record(
  scenario: string,
  { card, key }: Phone,
  applied: Pick<AppliedApplication, "begun"> & { code?: Uint8Array },
): Promise<Recorded> {
  const { enrolmentId, jti } = applied.begun.claims;
  const answer = await fetch(`${stack.jlis}/town-hall/residents/${card.name}`);
  const { certificateAttributes: attributes, certificates } = (await answer.json()) as {
    certificateAttributes: { name: string; address: string; dateOfBirth: string };
    certificates: { serial: string }[];
  };
  const [evidence] = await rows<{ evidence_id: string }>(
    "select evidence_id from applications where enrolment_id = $1",
    [enrolmentId],
  );
  const handle = await lifecycle(enrolmentId);
  await handle.result();
  const stored = await handle.fetchHistory();
  const { codec } = await ensureServiceKeys(`${stack.directory}/keys`);
  const text = (value: string) => Buffer.from(value);
  const [familyName, givenName] = attributes.name.split("　");
  return {
    scenario,
    enrolmentId,
    evidenceId: evidence!.evidence_id,
    secrets: {
      name: text(attributes.name),
      familyName: text(familyName!),
      givenName: text(givenName!),
      address: text(attributes.address),
      partOfAddress: text(attributes.address.slice(3, 8)),
      dateOfBirth: text(attributes.dateOfBirth),
      date: text(attributes.dateOfBirth.slice(1)),
      pin: text(pin),
      challenge: text(jti),
      deviceKey: key.spki,
      ...Object.fromEntries(certificates.map(({ serial }, n) => [`serial${n}`, Buffer.from(serial, "hex")])),
      ...(applied.code ? { code: applied.code } : {}),
    },
    stored,
    decrypted: await decryptHistory(stored, new EncryptionCodec(codec)),
    description: await handle.describe(),
  };
}

/** Every text and every byte string in a value, however deep, in one buffer. */
function flatten(value: unknown): Buffer {
  const found: Uint8Array[] = [];
  const visit = (part: unknown): void => {
    if (typeof part === "string") found.push(Buffer.from(part));
    else if (ArrayBuffer.isView(part)) found.push(part as Uint8Array);
    else if (typeof part === "object" && part !== null) {
      for (const [name, member] of Object.entries(part)) {
        found.push(Buffer.from(name));
        visit(member);
      }
    }
  };
  visit(value);
  return Buffer.concat(found.flatMap((bytes) => [bytes, Buffer.from([0])]));
}

/** The forms that these bytes may have in a text: raw, hex, JSON's escapes, base64 at each of three alignments. */
function forms(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const escaped = bytes.toString().replaceAll(/[^\x20-\x7e]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  const aligned = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The first and the last character hold bits of the neighbours too.
    const own = text.slice([0, 2, 3][offset], (offset + bytes.length) % 3 === 0 ? undefined : -1);
    return [own, own.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [bytes, ...[hex, hex.toUpperCase(), escaped, ...aligned].map((text) => Buffer.from(text))];
}

const found = (haystack: Buffer, secret: Uint8Array): boolean =>
  forms(secret).some((form) => haystack.includes(form));

/** Which of the secrets are in a value. */
const leaks = (value: unknown, secrets: Recorded["secrets"]): string[] => {
  const haystack = flatten(value);
  return Object.keys(secrets).filter((name) => found(haystack, secrets[name]!));
};

interface PlainPayload {
  path: string;
  data: string;
}

/** The payloads that are not encrypted. */
function plainPayloads(value: unknown, path = ""): PlainPayload[] {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [];
  if (isPayload(value)) {
    const encoding = Buffer.from(value.metadata?.["encoding"] ?? []).toString();
    return encoding === "binary/encrypted" ? [] : [{ path, data: Buffer.from(value.data ?? []).toString() }];
  }
  return Object.entries(value).flatMap(([name, member]) => plainPayloads(member, `${path}/${name}`));
}

describe("the histories of issuance", () => {
  test("ok/there is one of each kind, and each has its events", () => {
    expect(scenarios.map(({ scenario }) => scenario)).toEqual(["issued", "replaced", "refused", "locked"]);
    for (const { stored } of scenarios) expect(stored.events!.length).toBeGreaterThan(10);
  });

  test("ok/as stored every payload is encrypted, but the SDK's own notes on local activities", () => {
    for (const { stored } of scenarios) {
      for (const { path, data } of plainPayloads(stored)) {
        // The search attribute in which the SDK keeps the names of versions of our code.
        if (path.endsWith("/indexedFields/TemporalChangeVersion")) {
          expect(["tries-in-postgres", "consent-at-tap"]).toEqual(expect.arrayContaining(JSON.parse(data)));
          continue;
        }
        expect(path).toMatch(/\/markerRecordedEventAttributes\/details\/(?:data|patch-data)\/payloads\/0$/);
        const names = [
          // The name of a version of our code (patched), and whether it is gone.
          "id",
          "deprecated",
          "activity_id",
          "activity_type",
          "attempt",
          "backoff",
          "complete_time",
          "original_schedule_time",
          "seq",
        ];
        expect(names).toEqual(expect.arrayContaining(Object.keys(JSON.parse(data) as object)));
      }
    }
  });

  test("ok/decrypted they hold the ids they should: so decrypting them works, and so does the search", () => {
    for (const { stored, decrypted, enrolmentId, evidenceId } of scenarios) {
      const readable = Buffer.from(JSON.stringify({ evidenceId }));
      expect(flatten(decrypted).includes(readable)).toBe(true);
      expect(flatten(stored).includes(readable)).toBe(false);
      expect(leaks(decrypted, { enrolmentId: Buffer.from(enrolmentId) })).toEqual(["enrolmentId"]);
      expect(plainPayloads(decrypted).length).toBeGreaterThan(plainPayloads(stored).length);
    }
  });

  test("fail/what is hidden in any form or place is found", () => {
    const secret = randomBytes(16);
    const name = "髙﨑　美咲";
    for (const hidden of [
      secret.toString("hex"),
      `x${secret.toString("base64url")}`,
      Buffer.concat([Buffer.from("ab"), secret, Buffer.from("c")]).toString("base64"),
      JSON.stringify({ deep: [{ er: secret.toString("base64url") }] }),
      new Uint8Array(secret),
    ]) {
      expect(leaks({ events: [{ some: { hidden } }] }, { secret })).toEqual(["secret"]);
    }
    expect(leaks({ [`${name} 様`]: 1 }, { name: Buffer.from(name) })).toEqual(["name"]);
    expect(leaks("\\u9ad9\\ufa11\\u3000\\u7f8e\\u54b2", { name: Buffer.from(name) })).toEqual(["name"]);
    expect(leaks({ secret: "of another" }, { secret })).toEqual([]);
  });

  test("ok/decrypted they hold no name, address, date of birth, PIN, code, serial, key or challenge", () => {
    for (const { scenario, decrypted, secrets } of scenarios) {
      expect(Object.keys(secrets).length).toBeGreaterThanOrEqual(scenario === "refused" ? 12 : 13);
      expect({ scenario, leaks: leaks(decrypted, secrets) }).toEqual({ scenario, leaks: [] });
    }
  });

  test("ok/nor do workflow ids, memos and search attributes", () => {
    for (const { description, secrets, enrolmentId } of scenarios) {
      const { workflowId, memo, raw } = description as Record<string, unknown>;
      expect(workflowId).toBe(`issuance/${enrolmentId}`);
      expect(memo ?? {}).toEqual({});
      expect(leaks({ workflowId, raw }, secrets)).toEqual([]);
    }
  });
});
