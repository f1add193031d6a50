import { randomBytes, randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { auditCertificates } from "../../../activities/certificate/auditor.ts";
import { indexJournal } from "../../../activities/signing/journal-index.ts";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { blockKey } from "../../../registry/certificate/revocations.ts";
import { transaction } from "../../../registry/database.ts";
import { sealer } from "../notification/people.ts";
import { acceptedApplication } from "./accepted-application.ts";
import {
  authorities,
  journal,
  journalFolder,
  openJournalAgain,
  playSigning,
  registry,
  signing,
  urls,
} from "./signing-world.ts";

playSigning();
beforeEach(async () => {
  await registry.pool.query(
    "truncate revocations, certificates, issuance_intents, revocation_requests, blocked_keys cascade",
  );
});

const applied = (options: Parameters<typeof acceptedApplication>[1] = {}) =>
  acceptedApplication(registry.pool, options);

const entries = async (intentOf: string) => {
  const { rows } = await registry.pool.query<{ id: string }>(
    "select id from issuance_intents where enrolment_id = $1",
    [intentOf],
  );
  const { intents } = await indexJournal(journalFolder);
  return intents.get(rows[0]!.id);
};
const derOf = async (enrolmentId: string) =>
  (
    await registry.pool.query<{ der: Buffer }>("select der from certificates where enrolment_id = $1", [
      enrolmentId,
    ])
  ).rows[0]?.der;
const audit = async () => {
  const { intents } = await indexJournal(journalFolder);
  return auditCertificates({
    pool: registry.pool,
    authorities: () => authorities,
    urls,
    journal: intents,
    clock: () => new Date(),
  });
};

describe("issuing", () => {
  test.each([["basic" as const], ["attribute" as const]])(
    "ok/%s: linted, signed, stored, handed out, audited",
    async (profile) => {
      const { enrolmentId, activationId } = await applied({ profile });
      expect(await signing().issue({ activationId })).toMatchObject({ kind: "issued" });
      expect(await entries(enrolmentId)).toMatchObject({ isHandedOut: true });
      expect(await audit()).toEqual({ intents: 1, certificates: 1, revoked: 0, findings: [] });
    },
  );

  test("ok/a repeated activation returns the same certificate", async () => {
    const { enrolmentId, activationId } = await applied();
    const first = await signing().issue({ activationId });
    const der = await derOf(enrolmentId);
    expect(await signing().issue({ activationId })).toEqual(first);
    expect(await derOf(enrolmentId)).toEqual(der);
  });

  test("ok/the profile changes during an issuance: it is finished under the profile it began with", async () => {
    const { enrolmentId, activationId } = await applied();
    const fullDisk = { ...journal, append: async () => Promise.reject(new Error("disk full")) };
    await expect(signing({ journal: fullDisk }).issue({ activationId })).rejects.toThrow("disk full");
    await registry.pool.query(
      "update apps set profile = 'attribute' where party_id = (select party_id from enrolments where id = $1)",
      [enrolmentId],
    );
    expect(await signing().issue({ activationId })).toMatchObject({ kind: "issued" });
    const { rows } = await registry.pool.query(
      "select profile, profile_hash from issuance_intents where enrolment_id = $1",
      [enrolmentId],
    );
    expect(rows).toEqual([{ profile: "basic", profile_hash: expect.any(String) }]);
    expect((await audit()).findings).toEqual([]);
  });

  test("fail/a name too long for a certificate is refused, not cut, and nothing is signed", async () => {
    const { activationId, enrolmentId } = await applied({ profile: "attribute", name: "長".repeat(65) });
    expect(await signing().issue({ activationId })).toMatchObject({
      code: "CERTIFICATE_UNMAKEABLE",
      detail: expect.stringContaining("COMMON_NAME_TOO_LONG"),
    });
    expect(await derOf(enrolmentId)).toBeUndefined();
  });

  test("fail/an issuing CA that its root has revoked issues nothing", async () => {
    const { activationId, enrolmentId } = await applied();
    const { active } = authorities;
    const { serial } = readCertificate(active.issuing);
    const rootCrl = { ...active.rootCrl!, entries: [{ serial, since: new Date(), reason: 2 }] };
    const revoked = { ...active, rootCrl };
    const { issue } = signing({ authorities: () => ({ active: revoked, all: [revoked] }) });
    expect(await issue({ activationId })).toMatchObject({
      code: "CERTIFICATE_UNMAKEABLE",
      detail: expect.stringContaining("revoked by its root"),
    });
    expect(await derOf(enrolmentId)).toBeUndefined();
    expect(await signing().issue({ activationId })).toMatchObject({ kind: "issued" });
  });

  test("fail/a certificate that breaks a lint rule is never signed; journal and log name the rule", async () => {
    const { activationId, enrolmentId } = await applied();
    const { active } = authorities;
    let signatures = 0;
    const counting = {
      ...active,
      keyStore: {
        ...active.keyStore,
        sign: async (id: string, data: Uint8Array) => {
          signatures += 1;
          return active.keyStore.sign(id, data);
        },
      },
    };
    const withoutIssuers = { crlBase: urls.crlBase, ocsp: urls.ocsp };
    const broken = signing({
      urls: withoutIssuers,
      authorities: () => ({ active: counting, all: [counting] }),
    });
    expect(await broken.issue({ activationId })).toMatchObject({ code: "CERTIFICATE_UNMAKEABLE" });
    expect(signatures).toBe(0);
    expect((await entries(enrolmentId))?.signed.size).toBe(0);
    const { rows } = await registry.pool.query(
      "select detail from audit_lines where act = 'lint-refused' and subject = $1",
      [enrolmentId],
    );
    expect(rows).toMatchObject([
      { detail: { rules: expect.stringContaining("authority-information-access") } },
    ]);
  });

  test("fail/a key reported as compromised", async () => {
    const { activationId, spkiSha256 } = await applied();
    await blockKey(registry.pool, spkiSha256, "keyCompromise");
    expect(await signing().issue({ activationId })).toMatchObject({ code: "DEVICE_KEY_BLOCKED" });
  });

  test("fail/an intent of a generation that is not loaded is not signed by another generation", async () => {
    const { activationId, enrolmentId } = await applied();
    const fullDisk = { ...journal, append: async () => Promise.reject(new Error("disk full")) };
    await expect(signing({ journal: fullDisk }).issue({ activationId })).rejects.toThrow("disk full");
    const next = { ...authorities.active, generation: "g2" };
    const rolled = signing({ authorities: () => ({ active: next, all: [next] }) });
    await expect(rolled.issue({ activationId })).rejects.toThrow("generation g1 is not configured");
    expect(await derOf(enrolmentId)).toBeUndefined();
  });
});

describe("the auditor", () => {
  const issued = async () => {
    const made = await applied();
    await signing().issue({ activationId: made.activationId });
    return made;
  };
  const findings = async () => (await audit()).findings.map(({ finding }) => finding);
  const set = (table: string, column: string, value: unknown, where = "true") =>
    registry.pool.query(`update ${table} set ${column} = $1 where ${where}`, [value]);

  test.each([
    ["another certificate in its place", "not-what-was-intended"],
    ["a byte of its signature", "signature-wrong"],
    ["no certificate at all", "unreadable"],
    ["its end", "row-differs"],
    ["its key", "row-differs"],
    ["its evidence", "evidence-differs"],
    ["its profile's hash", "profile-unknown"],
    ["its generation", "generation-unknown"],
    ["a journal that never knew it", "not-in-journal"],
    ["a journal of another certificate", "journal-differs"],
    ["an enrolment that is over, and no revocation", "state-differs"],
    ["a line of the journal that the registry lost", "orphan"],
    ["signed two hours ago and never stored", "signed-never-stored"],
  ])("fail/%s: %s", async (what, finding) => {
    const { enrolmentId } = await issued();
    expect(await findings()).toEqual([]);
    const der = (await derOf(enrolmentId))!;
    const tamper: Record<string, () => Promise<unknown>> = {
      "another certificate in its place": async () => {
        const other = await issued();
        await set("certificates", "der", await derOf(other.enrolmentId), `enrolment_id = '${enrolmentId}'`);
      },
      "a byte of its signature": () =>
        set("certificates", "der", Buffer.concat([der.subarray(0, -1), Buffer.of(der.at(-1)! ^ 1)])),
      "no certificate at all": () => set("certificates", "der", Buffer.from("nothing")),
      "its end": () => set("certificates", "not_after", new Date()),
      "its key": () => set("issuance_intents", "spki_sha256", "another"),
      "its evidence": () => set("evidence", "sealed", randomBytes(8)),
      "its profile's hash": () => set("issuance_intents", "profile_hash", "another"),
      "its generation": () => set("issuance_intents", "generation", "g9"),
      "a journal that never knew it": async () => {
        await journal.close();
        await rm(journalFolder, { recursive: true });
        await openJournalAgain();
      },
      "a journal of another certificate": async () => {
        await journal.close();
        await rm(journalFolder, { recursive: true });
        await openJournalAgain();
        const { rows } = await registry.pool.query<{ id: string; serial: string }>(
          "select id, serial from issuance_intents where enrolment_id = $1",
          [enrolmentId],
        );
        const [{ id: intentId, serial }] = rows as [{ id: string; serial: string }];
        await journal.append({ entry: "signed", intentId, enrolmentId, serial, certificate: "AAAA" });
      },
      "an enrolment that is over, and no revocation": () => set("enrolments", "state", "revoked"),
      "a line of the journal that the registry lost": () =>
        journal.append({
          entry: "signed",
          intentId: randomUUID(),
          enrolmentId,
          serial: "0a",
          certificate: "AAAA",
        }),
      "signed two hours ago and never stored": async () => {
        await registry.pool.query("delete from certificates");
        await set("enrolments", "state", "ended");
        await set("issuance_intents", "created_at", new Date(Date.now() - 8_000_000));
      },
    };
    await tamper[what]!();
    expect(await findings()).toContain(finding);
  });

  test("ok/revoked certificates of ended enrolments raise no finding", async () => {
    const { enrolmentId } = await issued();
    await transaction(registry.pool, (connection) =>
      revoke(connection, sealer, {
        target: { enrolmentId },
        reason: "unspecified",
        by: "person",
        proof: "p",
        digest: randomUUID(),
      }),
    );
    expect(await audit()).toEqual({ intents: 1, certificates: 1, revoked: 1, findings: [] });
  });

  test("ok/a truncated journal line is counted and ignored", async () => {
    await issued();
    await writeFile(join(journalFolder, "issuance-torn.jsonl"), '{"entry":"signed","intentId":"x","cert');
    const { torn } = await indexJournal(journalFolder);
    expect(torn).toBe(1);
    expect(await findings()).toEqual([]);
  });
});
