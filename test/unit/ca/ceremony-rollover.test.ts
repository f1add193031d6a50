import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Authorities, openAuthorities } from "../../../pki/ca/authorities.ts";
import { verifyReport } from "../../../pki/ca/ceremony/verify.ts";
import { directoryOf, hold, makeOperator, type Operator, plan, yaml } from "./ceremony-holding.ts";
import { issue } from "./issuing.ts";
import { openssl, scratchDirectory, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

const day = 86_400_000;
const at = (time: number) => () => new Date(time);
const start = Math.floor(Date.now() / 1000) * 1000;
/** A month after the second ceremony, which is an hour after the first. */
const issuesFrom = start + 30 * day;

let scratch: ReturnType<typeof scratchDirectory>;
let operators: Operator[];
let keys: string;
let held: string;
let before: Authorities;
let after: Authorities;

const open = (time: number): Promise<Authorities> =>
  openAuthorities({ directory: directoryOf(keys), passphrase, development: false, clock: at(time) });

beforeAll(async () => {
  scratch = scratchDirectory();
  keys = join(scratch.path, "keys");
  operators = await Promise.all(["Hanako", "Taro"].map(makeOperator));
  await hold(yaml(keys, operators, plan("g1")), operators, { clock: at(start) });
  const later = plan("g2", { issuesFrom: `${new Date(issuesFrom).toISOString().slice(0, 19)}Z` });
  ({ folder: held } = await hold(yaml(keys, operators, later), operators, { clock: at(start + 3_600_000) }));
  before = await open(start + 7_200_000);
  after = await open(issuesFrom);
});
afterAll(() => scratch.remove());

const verifies = (certificate: Uint8Array, root: Uint8Array, ...untrusted: Uint8Array[]): string =>
  openssl([
    "verify",
    "-x509_strict",
    "-CAfile",
    writePem(scratch.path, "trusted.pem", "CERTIFICATE", root),
    "-attime",
    String((issuesFrom + day) / 1000),
    "-untrusted",
    writePem(scratch.path, "untrusted.pem", "CERTIFICATE", ...untrusted),
    writePem(scratch.path, "certificate.pem", "CERTIFICATE", certificate),
  ]);

describe("rollover", () => {
  test("ok/ both generations are there, and the one that issues changes at its time", async () => {
    const ids = ({ all }: Authorities) => all.map(({ generation }) => generation);
    expect([ids(before), ids(after)]).toEqual([
      ["g1", "g2"],
      ["g1", "g2"],
    ]);
    expect([before.active.generation, after.active.generation]).toEqual(["g1", "g2"]);
    expect((await open(issuesFrom - 1000)).active.generation).toBe("g1");
    expect(after.all).toContain(after.active);
  });

  test("ok/ the old generation goes on signing its statuses", async () => {
    const old = after.all[0]!;
    const { keyStore, ocspSignerKeyId, issuingKeyId } = old;
    for (const id of [ocspSignerKeyId, issuingKeyId]) {
      expect((await keyStore.sign(id, new Uint8Array(3))).signature.length).toBeGreaterThan(60);
    }
    expect(ocspSignerKeyId).toMatch(/^g1-ocsp-/);
  });

  test("ok/ a certificate of either generation has a path to either root, through the cross-certificates", async () => {
    const [one, two] = after.all as [Authorities["active"], Authorities["active"]];
    expect(two.cross).toHaveLength(2);
    const cross = two.cross ?? [];
    const old = (await issue(one, { now: new Date(start + day) })).certificate;
    const young = (await issue(two, { now: new Date(issuesFrom) })).certificate;
    expect(verifies(old, one.root, one.issuing)).toContain("OK");
    expect(verifies(young, two.root, two.issuing)).toContain("OK");
    expect(verifies(old, two.root, one.issuing, ...cross)).toContain("OK");
    expect(verifies(young, one.root, two.issuing, ...cross)).toContain("OK");
    expect(() => verifies(old, two.root, one.issuing)).toThrow("unable to get local issuer");
    expect(() => verifies(young, one.root, two.issuing)).toThrow("unable to get local issuer");
  });

  test("ok/ the report of the second has the cross-certificates, and verifies", async () => {
    const { problems, report } = await verifyReport(readFileSync(join(held, "ceremony-report.jws"), "utf8"));
    expect(problems).toEqual([]);
    expect(report?.certificates.filter(({ role }) => role === "cross").map(({ id }) => id)).toEqual([
      "cross-g2-by-g1",
      "cross-g1-by-g2",
    ]);
    expect(report?.previousRoot?.key).toBe("g1-root");
  });

  test("fail/ the same generation again, a number too early, a root that ends before its CA", async () => {
    const again = (planned: object) => hold(yaml(keys, operators, planned), operators);
    await expect(again(plan("g2"))).rejects.toThrow("call the next generation g3");
    await expect(again(plan("g1"))).rejects.toThrow("call the next generation g3");
    const long = { root: { kind: "existing", generation: "g1" }, issuing: { algorithm: "P-256", years: 20 } };
    await expect(
      hold(yaml(keys, operators, plan("g3", long)), operators, { clock: at(start + day) }),
    ).rejects.toThrow("would outlive its root");
  });

  test("ok/ the old generation is served until its issuing certificate ends", async () => {
    const end = Date.parse(new X509Certificate(after.all[0]!.issuing).validTo);
    const ids = async (time: number) => (await open(time)).all.map(({ generation }) => generation);
    expect(await ids(end)).toEqual(["g1", "g2"]);
    expect(await ids(end + 1000)).toEqual(["g2"]);
  });
});
