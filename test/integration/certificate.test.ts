import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { Gateway } from "../../client/app/gateway.ts";
import { readInbox } from "../../client/app/inbox.ts";
import type { Enrolled } from "../../client/app/one-tap.ts";
import { revokeOwnCertificate } from "../../client/app/revocation.ts";
import { CertificateClient } from "../../client/engine/certificate.ts";
import { registerParty } from "../../registry/party/parties.ts";
import { SimulatedCard } from "../../sandbox/devices/simulated-card.ts";
import { opensslOn } from "./openssl.ts";
import { Phone, pin } from "./phone.ts";
import { eventually } from "./resident.ts";
import { clientOf, pool, rows, stack } from "./stack.ts";

const run = promisify(execFile);
const gateway = new Gateway(stack.gateway);
const good = { ocsp: "good", crl: "good" };

const phoneOf = async ({ enrolmentId }: Enrolled, { key }: Phone) => ({
  enrolmentId,
  deviceKey: key,
  issuer: (await gateway.configuration()).issuer,
});

/** Asks OpenSSL until OCSP and CRL both say revoked; returns when it last asked before that, milliseconds from now. */
async function untilRevoked(enrolled: Enrolled, reason: string): Promise<number> {
  const start = performance.now();
  for (let last = 0; ; ) {
    const asked = performance.now() - start;
    const verdict = await opensslOn(enrolled);
    if (verdict.ocsp === "revoked" && verdict.crl === "revoked") {
      expect(verdict.reason).toBe(reason);
      return last;
    }
    last = asked;
  }
}

/** What operators do at their desks, by the command line. */
async function operate(plan: string[], who: string[]): Promise<{ code: number; out: string; err: string }> {
  const at = (name: string) => join(stack.directory, name);
  const kazasu = (...args: string[]) => run(process.execPath, ["bin/kazasu.mjs", "operation", ...args]);
  const name = `operation-${crypto.randomUUID()}`;
  const common = ["--issuer", (await gateway.configuration()).issuer, "--record", "case-42"];
  await writeFile(at(name), (await kazasu("plan", ...plan, ...common)).stdout);
  for (const operator of who)
    await kazasu(
      "approve",
      "--statement",
      at(name),
      "--key",
      at(`${operator}.json`),
      "--out",
      at(`${name}.${operator}`),
    );
  const approvals = who.map((operator) => at(`${name}.${operator}`));
  const send = ["send", "--gateway", stack.gateway, "--statement", at(name), "--approval", ...approvals];
  return kazasu(...send).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  );
}

describe("the end of a certificate", () => {
  test("ok/revoked by the person: OCSP and CRL say so within a minute, for good", async () => {
    const phone = await Phone.new();
    const enrolled = await phone.enrolled();
    expect(await opensslOn(enrolled)).toEqual(good);
    const { serials } = await revokeOwnCertificate(gateway, await phoneOf(enrolled, phone), "keyCompromise");
    expect(serials).toHaveLength(1);
    expect(await untilRevoked(enrolled, "keyCompromise")).toBeLessThan(60_000);
    await expect(readInbox(gateway, await phoneOf(enrolled, phone))).rejects.toMatchObject({
      code: "MESSAGE_UNTRUSTED",
    });
    expect(
      await rows("select state, ended_why from enrolments where id = $1", [enrolled.enrolmentId]),
    ).toEqual([{ state: "revoked", ended_why: "revoked: keyCompromise" }]);
  });

  test("ok/renewed by one tap on the same phone: the new one first, bindings carry over", async () => {
    const phone = await Phone.new();
    const first = await phone.enrolled({ binding: "customer-77" });
    const renewed = await phone.enrolled({ intent: "replace" });
    expect(await opensslOn(renewed)).toEqual(good);
    await untilRevoked(first, "superseded");
    expect(
      await rows("select state, binding from enrolments where id = any($1) order by created_at", [
        [first.enrolmentId, renewed.enrolmentId],
      ]),
    ).toEqual([
      { state: "superseded", binding: null },
      { state: "active", binding: "customer-77" },
    ]);
    expect((await phone.card.counters()).activations).toBe(2);
  });

  test("ok/each certificate's lifecycle waits for its first expiry notice, 90 days ahead", async () => {
    const enrolled = await (await Phone.new()).enrolled();
    const certificates = new CertificateClient(await clientOf());
    const state = await eventually(() => certificates.state(enrolled.enrolmentId));
    expect(state).toMatchObject({ kind: "good", next: { step: "tell-90-days" } });
  });
});

describe("operators", () => {
  test("ok/two of them revoke, for somebody who lost phone and card", async () => {
    const enrolled = await (await Phone.new()).enrolled();
    const reason = "cessationOfOperation";
    const plan = ["revoke", "--person-of", enrolled.enrolmentId, "--reason", reason];
    const done = await operate(plan, ["akira", "botan"]);
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.out)).toMatchObject({ serials: [expect.stringMatching(/^[0-9a-f]{40}$/)] });
    await untilRevoked(enrolled, reason);
  });

  test("fail/one operator alone changes nothing, and the refusal says why", async () => {
    const enrolled = await (await Phone.new()).enrolled();
    const plan = ["revoke", "--enrolment", enrolled.enrolmentId, "--reason", "unspecified"];
    const done = await operate(plan, ["akira"]);
    expect(done).toMatchObject({ code: 2, out: "" });
    expect(done.err).toContain("It takes 2 operators, and 1 approved.");
    expect(await opensslOn(enrolled)).toEqual(good);
  });
});

describe("a certificate in the person's name", () => {
  test("ok/holds name and pseudonym; OpenSSL verifies it", async () => {
    const party = "name-office";
    await registerParty(pool, {
      id: party,
      name: { ja: "記名局", en: "Name Office" },
      apps: [{ id: `${party}-app`, attestation: "optional", profile: "attribute" }],
    });
    const card = new SimulatedCard(stack.jlis, `named-${crypto.randomUUID()}`);
    await card.issue({ signPin: pin, name: "山田　花子" });
    const enrolled = await (await Phone.holding(card)).enrolled({ party });
    const bytes = Buffer.from(enrolled.certificate);
    for (const name of ["山田　花子", "山田", "花子"]) expect(bytes.includes(Buffer.from(name))).toBe(true);
    expect(await opensslOn(enrolled)).toEqual(good);
    const [held] = await rows<{ profile: string }>(
      "select profile from issuance_intents where enrolment_id = $1",
      [enrolled.enrolmentId],
    );
    expect(held).toEqual({ profile: "attribute" });
  });
});
