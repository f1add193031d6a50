import { randomUUID } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { addConsentChange } from "../../registry/consent/changes.ts";
import { consent } from "../../workflows/consent/contract.ts";
import { rounded } from "../measure.ts";
import { median } from "../runs.ts";
import type { Engine } from "./engine.ts";
import { addPerson, attributes, noticeSha256, partyId } from "./people.ts";

/** The cost of a consent that was granted and has been idle since. */
export interface IdleConsent {
  consents: number;
  /** Growth of Temporal's database file, journal included, for one. */
  temporalBytes: number;
  /** Growth of the tables that a grant writes to, indexes included, for one. */
  postgresBytes: number;
  historyEvents: number;
  historyBytes: number;
}

/** Grants this many consents by their workflows and measures the storage. */
export async function idleConsents(engine: Engine, count: number): Promise<IdleConsent> {
  const { pool, sealer, consents, floor } = engine;
  const people = [];
  for (let index = 0; index < count; index += 1) people.push(await addPerson(pool, sealer));
  const before = { temporal: await bytesBelow(engine.temporalDirectory), postgres: await tableBytes(engine) };
  const consentIds: string[] = [];
  for (const { personId, phone } of people) {
    const consentId = randomUUID();
    const changeId = await addConsentChange(
      pool,
      {
        consentId,
        personId,
        partyId,
        linkId: null,
        kind: "disclosure",
        act: "grant",
        attributes: [...attributes],
        noticeSha256,
        source: "device",
        enrolmentId: phone.enrolmentId,
        digest: randomUUID(),
        receivedAt: new Date(),
      },
      { sealer, signed: "x".repeat(900) },
    );
    const outcome = await consents.change({ consentId, changeId }, 15_000);
    if (outcome.kind !== "applied") throw new Error(`A consent was not granted: ${JSON.stringify(outcome)}`);
    consentIds.push(consentId);
  }
  const after = { temporal: await bytesBelow(engine.temporalDirectory), postgres: await tableBytes(engine) };
  const described = await Promise.all(
    consentIds.map((id) => floor.client.workflow.getHandle(consent.workflowId(id)).describe()),
  );
  return {
    consents: count,
    temporalBytes: rounded((after.temporal - before.temporal) / count, 0),
    postgresBytes: rounded((after.postgres - before.postgres) / count, 0),
    historyEvents: median(described.map(({ historyLength }) => historyLength)),
    historyBytes: median(described.map(({ historySize }) => historySize ?? 0)),
  };
}

async function bytesBelow(directory: string): Promise<number> {
  const names = await readdir(directory);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function tableBytes({ pool }: Engine): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(name::regclass)) as bytes
     from unnest(array['consents', 'consent_changes', 'audit_lines']) as name`,
  );
  return Number(rows[0]?.bytes);
}
