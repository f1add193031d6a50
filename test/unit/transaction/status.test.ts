import { randomUUID, X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { KeyUsagesExtension } from "@peculiar/x509";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { askTimeStamp } from "../../../activities/delivery/time-stamp.ts";
import { type StatusMethod, verifyCertificate } from "../../../client/relying-party/certificate.ts";
import { verifyTransactionAndStatus } from "../../../client/relying-party/transaction-status.ts";
import { timeStamped } from "../../../domain/transaction/time-stamp.ts";
import { startTimeStamps, type TimeStampSimulator } from "../../../simulators/tsa/server.ts";
import { type Certified, makeIssuing, makePhone, makeRoot, signingUsage } from "./authority.ts";
import { aContent, signedBy } from "./signed.ts";
import { type Said, statusExtensions, statusService } from "./status-service.ts";

/** What was signed before a revocation took effect stays signed. */

const minutes = (n: number): number => n * 60_000;
const methods: StatusMethod[] = ["crl", "ocsp"];
const subject = `pseudonym-${randomUUID()}`;

let directory: string;
let tsa: TimeStampSimulator;
let root: Certified;
let issuing: Certified;
let phone: Certified;
let stamped: { cms: Uint8Array; at: Date };
let plain: Uint8Array;
let timeStampRoots: Uint8Array[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-tsa-"));
  tsa = await startTimeStamps(directory);
  root = await makeRoot();
  issuing = await makeIssuing(root);
  const extensions = [new KeyUsagesExtension(signingUsage, true), ...statusExtensions()];
  phone = await makePhone(subject, issuing, { extensions });
  plain = await signedBy(phone, aContent());
  const outbound = makeOutbound({ allow: ({ hostname }) => hostname === "127.0.0.1" });
  timeStampRoots = [new Uint8Array(new X509Certificate(tsa.roots).raw)];
  const ask = (request: Uint8Array) => askTimeStamp(outbound, tsa.url, request);
  stamped = await timeStamped(plain, { ask, roots: timeStampRoots });
});
afterAll(async () => {
  await tsa?.close();
  await rm(directory, { recursive: true, force: true });
});

/** The verdict ten minutes after the time-stamp, of a CA that says this. */
async function verdict(
  cms: Uint8Array,
  status: StatusMethod,
  said: Partial<Said>,
  more: object = { timeStampRoots },
): Promise<string> {
  const now = new Date(stamped.at.getTime() + minutes(10));
  const { fetch, asked } = statusService({ root, issuing }, { at: now, ...said });
  const expected = { roots: [root.der], party: "abc-bank", subject, now, status, fetch, ...more };
  const outcome = await verifyTransactionAndStatus(cms, expected).then(
    ({ timeStampedAt }) => `accepted, ${timeStampedAt ? "with" : "without"} a time-stamp`,
    ({ code }: { code: string }) => code,
  );
  expect(asked[0]).toBe("GET http://ca.example/root.crl");
  return outcome;
}
const revokedAfter = (n: number) => ({
  revoked: new Map([[phone.der, new Date(stamped.at.getTime() + minutes(n))]]),
});

describe.each(methods)("a transaction and its certificate's status, by %s", (status) => {
  test("ok/time-stamped seven minutes before the revocation took effect", async () => {
    expect(await verdict(stamped.cms, status, revokedAfter(7))).toBe("accepted, with a time-stamp");
    expect(await verdict(stamped.cms, status, {})).toBe("accepted, with a time-stamp");
    expect(await verdict(plain, status, {}, {})).toBe("accepted, without a time-stamp");
  });

  test("fail/revoked before, or at the very time of the time-stamp, or without a time-stamp that says", async () => {
    expect(await verdict(stamped.cms, status, revokedAfter(-1))).toBe("CERTIFICATE_REVOKED");
    expect(await verdict(stamped.cms, status, revokedAfter(0))).toBe("CERTIFICATE_REVOKED");
    expect(await verdict(plain, status, revokedAfter(7), {})).toBe("CERTIFICATE_REVOKED");
  });

  test("fail/no status that is current: unknown, not accepted", async () => {
    const at = new Date(stamped.at.getTime() - minutes(120));
    expect(await verdict(stamped.cms, status, { at })).toBe("STATUS_UNKNOWN");
    const future = new Date(stamped.at.getTime() + minutes(13));
    expect(await verdict(stamped.cms, status, { at: future })).toBe("STATUS_UNKNOWN");
    const ahead = new Date(stamped.at.getTime() + minutes(11));
    expect(await verdict(stamped.cms, status, { at: ahead })).toBe("accepted, with a time-stamp");
  });
});

describe.each(methods)("a certificate's status alone, by %s", (status) => {
  const verify = (said: Said, more: object = {}) => {
    const { fetch } = statusService({ root, issuing }, said);
    const expected = { roots: [root.der], intermediates: [issuing.der], status, fetch, at: said.at };
    return verifyCertificate(phone.der, { ...expected, ...more });
  };

  test("ok/good, and revoked since the second that the CA says", async () => {
    const at = new Date();
    expect(await verify({ at })).toEqual({ status: "good" });
    const since = new Date("2026-03-14T21:33:07Z");
    expect(await verify({ at, revoked: new Map([[phone.der, since]]) })).toEqual({
      status: "revoked",
      since,
    });
  });

  test("fail/no usable status is unknown, with its reason", async () => {
    const said = { at: new Date() };
    const unknown = { status: "unknown", why: expect.any(String) };
    const answer = (response: Response) => ({ fetch: async () => response });
    expect(await verify(said, answer(new Response(null, { status: 503 })))).toEqual(unknown);
    expect(await verify(said, answer(new Response("x")))).toEqual(unknown);
    expect(await verify(said, answer(new Response(new Uint8Array(70_000_000))))).toEqual(unknown);
    const redirected = { fetch: () => Promise.reject(new TypeError("redirect")) };
    expect(await verify(said, redirected)).toEqual(unknown);
    const other = await makeIssuing(root);
    const theirs = statusService({ root, issuing: other }, said);
    expect(await verify(said, { fetch: theirs.fetch })).toEqual(unknown);
  });
});

test("fail/an OCSP answer to another nonce is unknown", async () => {
  const at = new Date();
  const { fetch } = statusService({ root, issuing }, { at, otherNonce: true });
  const expected = { roots: [root.der], intermediates: [issuing.der], status: "ocsp", fetch, at } as const;
  expect(await verifyCertificate(phone.der, expected)).toMatchObject({ status: "unknown" });
});

test("fail/a certificate that names neither is unknown; of another root it is untrusted and nobody is asked", async () => {
  const bare = await makePhone(subject, issuing);
  const { fetch, asked } = statusService({ root, issuing }, { at: new Date() });
  for (const status of methods) {
    const expected = { roots: [root.der], intermediates: [issuing.der], status, fetch };
    expect(await verifyCertificate(bare.der, expected)).toMatchObject({ status: "unknown" });
    const other = { ...expected, roots: [(await makeRoot()).der] };
    expect(await verifyCertificate(phone.der, other)).toMatchObject({ status: "untrusted" });
  }
  expect(new Set(asked)).toEqual(new Set(["GET http://ca.example/root.crl"]));
});

describe.each(methods)("below a CA that its root has revoked, by %s", (status) => {
  const since = (n: number) => new Date(stamped.at.getTime() + minutes(n));
  const revokedCa = (n: number) => ({ rootRevoked: new Map([[issuing.der, since(n)]]) });

  test("fail/the certificate is revoked as of then, whatever the CA says of it itself", async () => {
    const at = since(10);
    const { fetch, asked } = statusService({ root, issuing }, { at, ...revokedCa(7) });
    const expected = { roots: [root.der], intermediates: [issuing.der], status, fetch, at };
    expect(await verifyCertificate(phone.der, expected)).toEqual({
      status: "revoked",
      since: new Date(Math.floor(since(7).getTime() / 1_000) * 1_000),
    });
    expect(asked).toHaveLength(1);
  });

  test("a transaction: only what was time-stamped before", async () => {
    expect(await verdict(stamped.cms, status, revokedCa(7))).toBe("accepted, with a time-stamp");
    expect(await verdict(stamped.cms, status, revokedCa(-1))).toBe("CERTIFICATE_REVOKED");
    expect(await verdict(plain, status, revokedCa(7), {})).toBe("CERTIFICATE_REVOKED");
  });

  test("fail/a CA that names no CRL, or whose root does not answer: unknown", async () => {
    const at = new Date();
    const silent = await makeIssuing(root, []);
    const extensions = [new KeyUsagesExtension(signingUsage, true), ...statusExtensions()];
    const person = await makePhone(subject, silent, { extensions });
    const service = statusService({ root, issuing: silent }, { at });
    const expected = { roots: [root.der], intermediates: [silent.der], status, at };
    const why = expect.stringContaining("CN=Issuing CA names no CRL");
    expect(await verifyCertificate(person.der, { ...expected, fetch: service.fetch })).toEqual({
      status: "unknown",
      why,
    });
    const { fetch: whole } = statusService({ root, issuing }, { at });
    const fetch: typeof whole = async (url, init) =>
      url.endsWith("/root.crl") ? new Response(null, { status: 503 }) : whole(url, init);
    const rules = { ...expected, intermediates: [issuing.der], fetch };
    expect(await verifyCertificate(phone.der, rules)).toMatchObject({ status: "unknown" });
  });
});

test("fail/a wrong argument is a TypeError that says so, never a verdict on the signature", async () => {
  const pem = Buffer.from(root.certificate.toString("pem"));
  const expected = { roots: [root.der], intermediates: [issuing.der], party: "abc-bank", subject };
  const mistakes: [object, string][] = [
    [{ roots: [root.der, pem] }, "roots[1] is not the DER of a certificate: it is PEM"],
    [{ roots: undefined }, "Give roots as an array"],
    [{ roots: root.der }, "Give roots as an array"],
    [{ roots: [pem.toString()] }, "Give roots[0] as the DER"],
    [{ intermediates: [Buffer.from("x")] }, "intermediates[0] is not the DER"],
    [{ status: "OCSP" }, 'status must be "crl" or "ocsp"'],
    [{ now: new Date("x"), at: new Date("x") }, "Give the time as a valid Date"],
  ];
  const { fetch } = statusService({ root, issuing }, { at: new Date() });
  for (const [mistake, message] of mistakes) {
    const given = { ...expected, fetch, ...mistake };
    const because = expect.objectContaining({
      name: "TypeError",
      message: expect.stringContaining(message),
    });
    await expect(verifyTransactionAndStatus(plain, given)).rejects.toEqual(because);
    await expect(verifyCertificate(phone.der, given)).rejects.toEqual(because);
  }
  const badStamps = { ...expected, fetch, timeStampRoots: [pem] };
  await expect(verifyTransactionAndStatus(plain, badStamps)).rejects.toThrow("timeStampRoots[0]");
});
