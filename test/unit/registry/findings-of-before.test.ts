import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { labels } from "../../../protocol/labels.ts";
import { readFindings } from "../../../registry/issuance/findings.ts";
import { firstRecord, sealer } from "../notification/people.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(() => registry.close());

const digest = "A".repeat(43);

test.each([
  ["text, as 0.1.0 stored them", JSON.stringify(firstRecord)],
  ["what they are", firstRecord],
])("ok/findings are read whose attributes are %s", async (_, attributes) => {
  const [enrolmentId, evidenceId] = [randomUUID(), randomUUID()];
  const application = {
    type: labels.application,
    party: "bank",
    app: "bank-app",
    intent: "enrol",
    challenge: "a.b.c",
    enrolmentId,
    spkiSha256: digest,
    ecdhKey: `BA${"A".repeat(85)}`,
    consents: [],
  };
  const found = {
    application,
    applicationSha256: digest,
    card: { issuerKeyId: "ab", serial: "01", attributes },
    consents: [],
    registerConsent: false,
  };
  await insert(registry.pool, "evidence", {
    id: evidenceId,
    enrolment_id: enrolmentId,
    application_sha256: digest,
    sealed: "",
  });
  await insert(registry.pool, "applications", {
    enrolment_id: enrolmentId,
    evidence_id: evidenceId,
    findings: sealer.seal(Buffer.from(JSON.stringify(found)), `applications/${evidenceId}/findings`),
  });
  const read = await readFindings(registry.pool, sealer, evidenceId);
  expect(read?.card.attributes).toEqual(firstRecord);
});
