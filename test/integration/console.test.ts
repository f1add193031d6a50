import { expect, test } from "@jest/globals";
import { Browser } from "../unit/console/browser.ts";
import { eventually, Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";

/** The console as `kazasu up` has it: the gateway's own, with the simulated provider of operators. */

const { origin } = new URL(stack.console);
async function as(name: string): Promise<Browser> {
  const browser = new Browser(origin);
  await browser.logIn(name);
  return browser;
}

test("ok/a person from a number to the timeline, the certificate and, on record, the address", async () => {
  const resident = await Resident.enrolled({ agree: ["terms", "register-refresh"] });
  const { enrolmentId } = resident.enrolment;
  const operator = await as("sakura");
  const { found } = (await operator.get(`/search?q=${enrolmentId}`)).body as {
    found: { personId: string }[];
  };
  const { personId } = found[0]!;
  const { rows: timeline } = (await operator.get(`/persons/${personId}/timeline`)).body as {
    rows: { kind: string; id: string; temporal: string | null }[];
  };
  expect(timeline.find(({ kind }) => kind === "enrolment")?.temporal).toContain(
    encodeURIComponent(`issuance/${enrolmentId}`),
  );
  const serial = timeline.find(({ kind }) => kind === "certificate")!.id;
  expect((await operator.get(`/certificates/${serial}`)).body).toMatchObject({ status: "good", personId });

  const why = { reason: "person-asked", record: `case-${enrolmentId}` };
  const { body: shown } = await operator.post(`/persons/${personId}/reveal`, why);
  expect(shown).toMatchObject({ name: expect.any(String), address: expect.any(String) });
  expect(JSON.stringify(timeline)).not.toContain(shown["address"]);
  const kept = await rows(
    "select detail from audit_lines where act = 'attributes-revealed' and subject = $1",
    [personId],
  );
  expect(kept).toEqual([{ detail: { by: "sakura", ...why, version: 1, row: expect.any(String) } }]);
  expect(JSON.stringify(kept)).not.toContain(shown["address"]);
});

test("ok/the CA's keys, lists and log, and what J-LIS was asked that it bills for", async () => {
  await Resident.enrolled({ agree: ["terms"] });
  const viewer = await as("wakaba");
  // The log is chained every two seconds.
  const health = await eventually(async () => {
    const { body } = await viewer.get("/health");
    return body["checkpoint"] === null ? undefined : body;
  });
  expect(health).toMatchObject({
    generations: [expect.objectContaining({ id: "g1", ocspSignerUntil: expect.any(String) })],
    chain: { position: expect.any(String) },
    checkpoint: expect.any(String),
  });
  expect(health["crls"]).toContainEqual(expect.objectContaining({ generation: "g1", shard: 0 }));
  const { body: detection } = await viewer.get("/change-detection");
  expect(detection["calls"]).toContainEqual(expect.objectContaining({ kind: "status" }));
});

test("fail/nothing without a session, and no personal data for a viewer", async () => {
  expect((await new Browser(origin).get("/counts")).body["code"]).toBe("OPERATOR_LOGIN_REQUIRED");
  const viewer = await as("wakaba");
  const why = { reason: "person-asked", record: "case-1" };
  const refused = await viewer.post(`/persons/${crypto.randomUUID()}/reveal`, why);
  expect(refused.body["code"]).toBe("OPERATOR_MAY_NOT");
});

test("ok/the gateway serves the page, and none of the simulated world's", async () => {
  const page = await fetch(stack.console);
  expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
  expect(await page.text()).toContain('<div id="page">');
  expect((await fetch(`${origin}/pages/phone/`)).status).toBe(404);
});
