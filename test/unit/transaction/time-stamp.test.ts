import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { askTimeStamp } from "../../../activities/delivery/time-stamp.ts";
import { type CheckedSignature, checkSignature } from "../../../client/relying-party/cms-signature.ts";
import { verifySignedTransaction } from "../../../client/relying-party/signed-transaction.ts";
import { verifyTimeStamp } from "../../../client/relying-party/time-stamp.ts";
import { type TimeStampAuthority, timeStamped } from "../../../domain/transaction/time-stamp.ts";
import { attributeTypes } from "../../../pki/cms/attribute-types.ts";
import { startTimeStamps, type TimeStampSimulator } from "../../../simulators/tsa/server.ts";
import { makeSigned, type Signed } from "./signed.ts";

const run = promisify(execFile);
const idData = "1.2.840.113549.1.7.1";
let directory: string;
let tsa: TimeStampSimulator;
let authority: TimeStampAuthority;
let made: Signed;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-tsa-"));
  tsa = await startTimeStamps(directory);
  const outbound = makeOutbound({ allow: ({ hostname }) => hostname === "127.0.0.1" });
  authority = {
    ask: (request) => askTimeStamp(outbound, tsa.url, request),
    roots: [new Uint8Array(new X509Certificate(tsa.roots).raw)],
  };
  made = await makeSigned();
});
afterAll(async () => {
  await tsa?.close();
  await rm(directory, { recursive: true, force: true });
});

const refused = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "nothing was refused",
    (error: Error & { code?: string }) => `${error.code ?? error.name}: ${error.message}`,
  );

describe("a signature with a time-stamp", () => {
  test("ok/the signed bytes are unchanged; the SDK and OpenSSL accept both", async () => {
    const { cms, at } = await timeStamped(made.cms, authority);
    const [before, after] = (await Promise.all(
      [made.cms, cms].map((each) => checkSignature(each, idData)),
    )) as [CheckedSignature, CheckedSignature];
    expect(Buffer.from(after.signature).equals(Buffer.from(before.signature))).toBe(true);
    expect(after.content).toEqual(before.content);
    const verified = await verifySignedTransaction(cms, {
      ...made.expected,
      timeStampRoots: authority.roots,
      now: new Date("2090-01-01"),
    });
    expect(verified.timeStampedAt).toEqual(at);
    expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(60_000);

    const [token] = after.unsigned(attributeTypes.timeStampToken);
    await writeFile(join(directory, "token"), token!);
    await writeFile(join(directory, "signature"), after.signature);
    await writeFile(join(directory, "signed"), cms);
    await writeFile(join(directory, "ca.pem"), made.root.certificate.toString("pem"));
    const openssl = (...args: string[]) => run("openssl", args, { cwd: directory, env: process.env });
    const { stdout } = await openssl(
      "ts",
      "-verify",
      "-data",
      "signature",
      "-in",
      "token",
      "-token_in",
      "-CAfile",
      "root.pem",
    );
    expect(stdout).toContain("Verification: OK");
    await openssl(
      "cms",
      "-verify",
      "-cades",
      "-binary",
      "-inform",
      "DER",
      "-in",
      "signed",
      "-out",
      "content",
      "-CAfile",
      "ca.pem",
      "-purpose",
      "any",
    );
  });

  test("fail/over another signature, by an untrusted authority, for another request, or changed", async () => {
    const other = await makeSigned();
    const { cms } = await timeStamped(made.cms, authority);
    const [token] = (await checkSignature(cms, idData)).unsigned(attributeTypes.timeStampToken);
    const { signature } = await checkSignature(made.cms, idData);
    const check = (more: object) =>
      refused(verifyTimeStamp(token!, { data: signature, roots: authority.roots, ...more }));
    expect(await check({})).toBe("nothing was refused");
    expect(await check({ data: (await checkSignature(other.cms, idData)).signature })).toMatch(/other data/);
    expect(await check({ roots: made.expected.roots })).toMatch(/not trusted/);
    expect(await check({ nonce: new Uint8Array(16).fill(7) })).toMatch(/does not answer the request/);
    const changed = Buffer.from(token!);
    changed[changed.length - 3]! ^= 1;
    expect(await refused(verifyTimeStamp(changed, { data: signature, roots: authority.roots }))).toMatch(
      /TimeStampInvalid/,
    );
    expect(await refused(verifyTimeStamp(made.cms, { data: signature, roots: authority.roots }))).toMatch(
      /TimeStampInvalid/,
    );
  });

  test("fail/the authority is unavailable, or its answer is malformed: it is asked again later", async () => {
    tsa.play({ away: true });
    expect(await refused(timeStamped(made.cms, authority))).toMatch(/^TimeStampUnavailable/);
    tsa.play({ away: false });
    const liar = { ...authority, ask: async () => new Uint8Array([0x30, 0x00]) };
    expect(await refused(timeStamped(made.cms, liar))).toMatch(/^TimeStampUnavailable/);
  });

  test("fail/a certificate that is not for time-stamping alone", async () => {
    const openssl = (...args: string[]) => run("openssl", args, { cwd: directory, env: process.env });
    await openssl(
      "x509",
      "-req",
      "-in",
      "tsa.csr",
      "-CA",
      "root.pem",
      "-CAkey",
      "root.key",
      "-CAcreateserial",
      "-days",
      "30",
      "-extfile",
      "tsa.cnf",
      "-extensions",
      "plain_ext",
      "-out",
      "plain.pem",
    );
    const { signature } = await checkSignature(made.cms, idData);
    const { cms } = await timeStamped(made.cms, authority);
    const [token] = (await checkSignature(cms, idData)).unsigned(attributeTypes.timeStampToken);
    await writeFile(
      join(directory, "info"),
      (await checkSignature(token!, "1.2.840.113549.1.9.16.1.4")).content,
    );
    await openssl(
      "cms",
      "-sign",
      "-cades",
      "-binary",
      "-nodetach",
      "-in",
      "info",
      "-econtent_type",
      "1.2.840.113549.1.9.16.1.4",
      "-signer",
      "plain.pem",
      "-inkey",
      "tsa.key",
      "-md",
      "sha256",
      "-outform",
      "DER",
      "-out",
      "plain.token",
    );
    const forged = await readFile(join(directory, "plain.token"));
    expect(await refused(verifyTimeStamp(forged, { data: signature, roots: authority.roots }))).toMatch(
      /exclusively for time-stamping/,
    );
  });
});
