import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pino from "pino";
import { drawDelays } from "../../../domain/certificate/effective-times.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import type { Authorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { ocspSignerDays } from "../../../pki/ca/ocsp-signer.ts";
import { StatusRegistry } from "../../../registry/certificate/status.ts";
import { transaction } from "../../../registry/database.ts";
import { type StatusListeners, startStatusListeners } from "../../../status/status-listeners.ts";
import { openssl, opensslAsync, scratchDirectory, writePem } from "../ca/openssl.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { twoGenerations } from "./generations.ts";
import { addIssued, addRevocation } from "./issued-rows.ts";

/** Cases of dates that were answered wrongly once: `id`, `when` and what is `right`. */
const cases = JSON.parse(readFileSync(join(import.meta.dirname, "cases/status-times.json"), "utf8")) as {
  id: string;
  when: string;
  right: string;
}[];

const day = 86_400_000;
let scratch: ReturnType<typeof scratchDirectory>;
let authorities: Authorities;
let active: Authority;
let postgres: TestRegistry;
let listeners: StatusListeners;
let now: Date;
let issuing: string;
let root: string;

beforeAll(async () => {
  scratch = scratchDirectory();
  ({ authorities, active } = await twoGenerations(join(scratch.path, "ca")));
  issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", active.issuing);
  root = writePem(scratch.path, "root.pem", "CERTIFICATE", active.root);
  postgres = await startTestRegistry();
  now = new Date();
  listeners = await startStatusListeners({
    authorities: () => authorities,
    registry: new StatusRegistry(postgres.pool),
    host: "127.0.0.1",
    crlPort: 0,
    ocspPort: 0,
    crlBase: "http://crl.example",
    log: pino({ level: "silent" }),
    clock: () => now,
    crlFreshWithinMs: 60_000,
  });
});
afterAll(async () => {
  await listeners?.close();
  await postgres?.close();
  scratch.remove();
});
beforeEach(() => {
  now = new Date();
});

const second = (time: Date): Date => new Date(Math.floor(time.getTime() / 1_000) * 1_000);
const issued = (more: Parameters<typeof addIssued>[1] = {}) =>
  addIssued(postgres.pool, { generation: "g2", ...more });

/** The dates of the OCSP answer about a serial, as OpenSSL reads them, and what it says the status is. */
async function ocsp(serial: string, more: string[] = ["-no_nonce"]) {
  const asked = ["ocsp", "-url", listeners.ocsp, "-CAfile", root, "-verify_other", issuing];
  const { output } = await opensslAsync(
    asked.concat(["-issuer", issuing, "-serial", `0x${serial}`, "-resp_text"], more),
  );
  const dateOf = (name: string): Date => new Date(new RegExp(`${name}: (.*)`).exec(output)?.[1] ?? "none");
  return {
    status: /Cert Status: (\w+)/.exec(output)?.[1],
    producedAt: dateOf("Produced At"),
    thisUpdate: dateOf("This Update"),
    nextUpdate: dateOf("Next Update"),
    revocationTime: dateOf("Revocation Time"),
  };
}

/** When the CRL says that a serial was revoked; `undefined` where it does not. */
async function crlDate(serial: string, shard = 0): Promise<Date | undefined> {
  const response = await fetch(`${listeners.crl}/g2/${shard}.crl`);
  const text = openssl(
    ["crl", "-inform", "DER", "-noout", "-text"],
    new Uint8Array(await response.arrayBuffer()),
  );
  const entry = new RegExp(`Serial Number: ${serial.toUpperCase()}\\s+Revocation Date: (.*)`).exec(text);
  return entry ? new Date(entry[1]!) : undefined;
}

const rows: Record<string, () => Promise<void>> = {
  async o1() {
    const signerBegins = Date.parse(new X509Certificate(active.ocspSigner).validFrom);
    for (const minutes of [1, 4, 9.5]) {
      now = new Date(signerBegins + minutes * 60_000);
      const { producedAt, thisUpdate } = await ocsp(await issued({ notBefore: new Date(signerBegins) }));
      expect([producedAt, thisUpdate]).toEqual([now, now]);
    }
  },
  async o2() {
    const notBefore = second(new Date(now.getTime() + 3_600_000));
    now = new Date(notBefore.getTime() + 60_000);
    const { thisUpdate } = await ocsp(await issued({ notBefore }));
    expect(thisUpdate).toEqual(now);
    // Issued by a process whose clock is ahead of the signer's.
    const ahead = second(new Date(now.getTime() + 30_000));
    const { thisUpdate: clamped, producedAt } = await ocsp(await issued({ notBefore: ahead }));
    expect([clamped, producedAt]).toEqual([ahead, ahead]);
  },
  async o3() {
    const notBefore = second(now);
    const serial = await issued({ notBefore });
    await transaction(postgres.pool, (connection) =>
      revokeCertificates(connection, { serial }, "cessationOfOperation", "person"),
    );
    now = new Date();
    const { revocationTime } = await ocsp(serial, ["-nonce"]);
    expect(revocationTime.getTime()).toBeGreaterThanOrEqual(notBefore.getTime());
    expect(await crlDate(serial)).toEqual(revocationTime);
  },
};

test.each(cases)("ok/ $id: $when: $right", async ({ id }) => {
  await rows[id]!();
});

describe("the date of a revocation", () => {
  test("ok/ time-stamped at 21:26, revoked at 21:33: OCSP and CRL say 21:33, so the signature is valid", async () => {
    const timeStamped = new Date("2026-10-05T21:26:00Z");
    const revokedAt = new Date("2026-10-05T21:33:07.512Z");
    const serial = await issued({ notBefore: new Date("2026-10-05T20:00:00Z") });
    await addRevocation(postgres.pool, serial, { revokedAt, reason: "cessationOfOperation" });
    const { status, revocationTime } = await ocsp(serial, ["-nonce"]);
    expect(status).toBe("revoked");
    expect(revocationTime).toEqual(new Date("2026-10-05T21:33:07Z"));
    expect(await crlDate(serial)).toEqual(revocationTime);
    expect(timeStamped < revocationTime).toBe(true);
  });

  test("ok/ in a window: good until its moment, then revoked in both, by Postgres alone", async () => {
    const serial = await issued();
    const { fresh } = await transaction(postgres.pool, (connection) =>
      revokeCertificates(connection, { serial }, "affiliationChanged", "engine", 3_000),
    );
    const { revokedAt, effectiveAt } = fresh[0]!;
    expect(effectiveAt.getTime() - revokedAt.getTime()).toBeGreaterThan(0);
    expect(effectiveAt.getTime() - revokedAt.getTime()).toBeLessThanOrEqual(3_000);
    expect(effectiveAt).toEqual(second(effectiveAt));
    const seen: string[] = [];
    for (;;) {
      now = new Date();
      const { status, revocationTime } = await ocsp(serial, ["-nonce"]);
      seen.push(status!);
      if (status !== "revoked") continue;
      expect(revocationTime).toEqual(effectiveAt);
      break;
    }
    now = new Date();
    expect(await crlDate(serial)).toEqual(effectiveAt);
    expect(now >= effectiveAt).toBe(true);
  });

  test("ok/ never before the certificate's notBefore, whatever the clocks say", async () => {
    const notBefore = second(new Date(now.getTime() + 20_000));
    const serial = await issued({ notBefore });
    const { fresh } = await transaction(postgres.pool, (connection) =>
      revokeCertificates(connection, { serial }, "keyCompromise", "person"),
    );
    expect(fresh[0]!.effectiveAt).toEqual(notBefore);
  });

  test("ok/ never past the certificate's end: the remaining validity is the window", async () => {
    const notAfter = new Date(Date.now() + 90_000);
    const serials = await Promise.all(Array.from({ length: 20 }, () => issued({ notAfter })));
    for (const serial of serials) {
      const { fresh } = await transaction(postgres.pool, (connection) =>
        revokeCertificates(connection, { serial }, "affiliationChanged", "engine", day),
      );
      expect(fresh[0]!.effectiveAt.getTime()).toBeLessThanOrEqual(notAfter.getTime());
    }
  });

  test("ok/ an urgent revocation brings forward a pending one, with its own reason", async () => {
    const serial = await issued();
    const revoke = (reason: "affiliationChanged" | "keyCompromise", windowMs = 0) =>
      transaction(postgres.pool, (connection) =>
        revokeCertificates(connection, { serial }, reason, "engine", windowMs),
      );
    const [waiting] = (await revoke("affiliationChanged", day)).fresh;
    const { fresh, broughtForward } = await revoke("keyCompromise");
    expect(fresh).toEqual([]);
    expect(broughtForward[0]!.effectiveAt.getTime()).toBeLessThan(waiting!.effectiveAt.getTime());
    expect(await revoke("affiliationChanged")).toEqual({ fresh: [], broughtForward: [] });
    const { rows: stored } = await postgres.pool.query("select reason from revocations where serial = $1", [
      serial,
    ]);
    expect(stored).toEqual([{ reason: "keyCompromise" }]);
  });
});

describe("the ends of signed answers", () => {
  test("ok/ nextUpdate of OCSP and CRL stops with the signer and the CA, and nothing is served past it", async () => {
    const serial = await issued({ notAfter: new Date(now.getTime() + 400 * day) });
    const signerEnd = new Date(new X509Certificate(active.ocspSigner).validTo);
    expect(signerEnd.getTime() - now.getTime()).toBeLessThanOrEqual(ocspSignerDays * day);
    for (const more of [["-no_nonce"], ["-nonce"]]) {
      now = new Date(signerEnd.getTime() - 600_000);
      expect((await ocsp(serial, more)).nextUpdate).toEqual(signerEnd);
      now = signerEnd;
      expect(await ocsp(serial, more)).toMatchObject({ status: undefined });
    }
    const request = join(scratch.path, "request.der");
    openssl(["ocsp", "-issuer", issuing, "-serial", `0x${serial}`, "-no_nonce", "-reqout", request]);
    const response = await fetch(listeners.ocsp, {
      method: "POST",
      headers: { "content-type": "application/ocsp-request" },
      body: readFileSync(request),
    });
    const answer = join(scratch.path, "answer.der");
    writeFileSync(answer, new Uint8Array(await response.arrayBuffer()));
    expect((await opensslAsync(["ocsp", "-respin", answer, "-noverify"])).output).toContain("trylater");

    now = new Date(active.issuer.notAfter.getTime() - 3_600_000);
    const crl = await fetch(`${listeners.crl}/g2/1.crl`);
    expect(crl.headers.get("expires")).toBe(active.issuer.notAfter.toUTCString());
    now = active.issuer.notAfter;
    expect((await fetch(`${listeners.crl}/g2/1.crl`)).status).toBe(503);
  });
});

describe("delays drawn for one act", () => {
  test("ok/ each within its own limit, none without one, no two equal, and over the whole window", () => {
    for (let round = 0; round < 200; round += 1) {
      const drawn = drawDelays([10, 10, 10, 0, -5, 10, 3]);
      expect([drawn[3], drawn[4]]).toEqual([0, 0]);
      const waiting = drawn.filter((delay) => delay !== 0);
      expect(new Set(waiting).size).toBe(5);
      expect(waiting.every((delay) => Number.isInteger(delay) && delay >= 1 && delay <= 10)).toBe(true);
      expect(drawn[6]).toBeLessThanOrEqual(3);
    }
    const many = Array.from({ length: 2_000 }, () => drawDelays([10])[0]);
    expect(new Set(many).size).toBe(10);
  });

  test("ok/ more delays than the window has seconds", () => {
    expect(drawDelays([2, 2, 2]).every((delay) => delay === 1 || delay === 2)).toBe(true);
  });
});
