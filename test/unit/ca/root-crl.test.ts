import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import { type Authority, readIssuer } from "../../../pki/ca/authority.ts";
import { renewRootCrls } from "../../../pki/ca/ceremony/renew-root-crls.ts";
import { makeCrl } from "../../../pki/ca/crl.ts";
import { openSoftwareKeyStore } from "../../../pki/key-store/software.ts";
import { directoryOf, hold, makeOperator, plan, yaml } from "./ceremony-holding.ts";
import { openssl, scratchDirectory, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

/** The renewal that a Schedule asks for. `kazasu ceremony root-crl` has its tests in root-crl-command.test.ts. */

const day = 86_400_000;
let scratch: ReturnType<typeof scratchDirectory>;
let made: string;
let directory: string;
let first: Authority;
let copies = 0;

beforeAll(async () => {
  scratch = scratchDirectory();
  made = join(scratch.path, "made");
  first = (await openAuthorities({ directory: made, passphrase, development: true })).active;
});
afterAll(() => scratch.remove());
beforeEach(() => {
  copies += 1;
  directory = join(scratch.path, `copy-${copies}`);
  cpSync(made, directory, { recursive: true });
});

const start = () => first.rootCrl!.thisUpdate.getTime();
const renewAt = (time: number, more: Partial<Parameters<typeof renewRootCrls>[0]> = {}) =>
  renewRootCrls({ directory, passphrase, development: true, clock: () => new Date(time), ...more });
const openAt = async (time: number) =>
  (await openAuthorities({ directory, passphrase, development: true, clock: () => new Date(time) })).active;

describe("a development root", () => {
  test("ok/ its CRL is renewed at half of its life, not before, and once", async () => {
    expect(await renewAt(start() + 182 * day)).toEqual({ renewed: [], ending: [] });
    const due = start() + 183 * day;
    expect(await renewAt(due)).toEqual({ renewed: ["g1"], ending: [] });
    expect(await renewAt(due + day)).toEqual({ renewed: [], ending: [] });
    const { rootCrl } = await openAt(due);
    expect(rootCrl).toMatchObject({ thisUpdate: new Date(due), nextUpdate: new Date(due + 365 * day) });
    expect(rootCrl!.number).toBeGreaterThan(first.rootCrl!.number);
    const crl = writePem(scratch.path, "renewed.pem", "X509 CRL", rootCrl!.der);
    const root = writePem(scratch.path, "root.pem", "CERTIFICATE", first.root);
    const issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", first.issuing);
    const at = ["-attime", String(due / 1000 + 300 * 86_400)];
    const verify = ["verify", "-x509_strict", "-crl_check", "-CRLfile", crl, "-CAfile", root, ...at, issuing];
    expect(openssl(verify)).toContain("OK");
    expect(openssl(["crl", "-in", crl, "-noout", "-text"])).toContain("No Revoked Certificates");
  });

  test("ok/ an expired one is renewed too", async () => {
    const late = start() + 400 * day;
    expect(await renewAt(late)).toEqual({ renewed: ["g1"], ending: [] });
    expect((await openAt(late)).rootCrl?.thisUpdate).toEqual(new Date(late));
  });

  test("ok/ of several processes at once one renews, and the others find nothing to do", async () => {
    const due = start() + 183 * day;
    const settled = await Promise.allSettled([1, 2, 3].map(() => renewAt(due)));
    expect(settled.map(({ status }) => status)).toContain("fulfilled");
    expect(await renewAt(due)).toEqual({ renewed: [], ending: [] });
    expect(readdirSync(join(directory, "g1")).filter((name) => name.startsWith("root-crl-"))).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(["g1"]);
  });

  test("ok/ no number is reused after a restore from a backup that lacks the last renewal", async () => {
    const due = start() + 183 * day;
    await renewAt(due);
    const lost = (await openAt(due)).rootCrl!.number;
    rmSync(directory, { recursive: true });
    cpSync(made, directory, { recursive: true });
    await renewAt(due + 60_000);
    expect((await openAt(due + 60_000)).rootCrl!.number).toBeGreaterThan(lost);
  });

  test("ok/ the last CRL ends with its root, and is not made again and again", async () => {
    const end = readIssuer(first.root).notAfter.getTime();
    // The issuing CA ends long before: while a younger one is below the root, there is something to say about it.
    const near = readIssuer(first.issuing).notAfter.getTime() - day;
    expect(near).toBeLessThan(end);
    await renewAt(near);
    expect((await openAt(near)).rootCrl!.nextUpdate.getTime()).toBeLessThanOrEqual(end);
    expect(await renewAt(near + 2 * day)).toEqual({ renewed: [], ending: [] });
  });

  test("fail/ outside the development setting the root does not sign; a CRL that ends within 30 days is reported", async () => {
    const end = first.rootCrl!.nextUpdate;
    const production = { development: false };
    expect(await renewAt(end.getTime() - 31 * day, production)).toEqual({ renewed: [], ending: [] });
    for (const time of [end.getTime() - 29 * day, end.getTime() + day]) {
      expect(await renewAt(time, production)).toEqual({
        renewed: [],
        ending: [{ generation: "g1", nextUpdate: end }],
      });
    }
    expect(readdirSync(join(directory, "g1")).filter((name) => name.startsWith("root-crl-"))).toEqual([]);
  });

  /** Puts a CRL of the root in place that lists one certificate, for a reason by its number. */
  async function listing(code: number): Promise<Date> {
    const keyStore = await openSoftwareKeyStore(join(directory, "g1"), passphrase);
    const since = new Date(start());
    const crl = await makeCrl(
      { keyStore, issuer: readIssuer(first.root), issuingKeyId: "g1-root" },
      {
        number: 7n,
        thisUpdate: since,
        nextUpdate: new Date(start() + day),
        entries: [[{ serial: "4f", revokedAt: since, reason: "cACompromise" }]],
      },
    );
    // reasonCode, an ENUMERATED: its signature does not count here.
    const reason = Buffer.from(crl).indexOf(Buffer.from("0a0102", "hex"));
    crl[reason + 2] = code;
    rmSync(join(directory, "g1/root.crl"));
    writeFileSync(join(directory, "g1/root.crl"), crl);
    return since;
  }

  test("ok/ what a CRL lists stays listed in the next one, with its date and reason", async () => {
    const since = await listing(2);
    const due = start() + 183 * day;
    expect(await renewAt(due)).toEqual({ renewed: ["g1"], ending: [] });
    expect((await openAt(due)).rootCrl!.entries).toEqual([{ serial: "4f", since, reason: 2 }]);
  });

  test("fail/ a reason that is not carried over: no CRL is made, and no revocation is taken back", async () => {
    await listing(6);
    await expect(renewAt(start() + 183 * day)).rejects.toThrow(
      "for the reason certificateHold, which is not",
    );
  });

  test("fail/ a wrong passphrase: no file is left", async () => {
    await expect(renewAt(start() + 183 * day, { passphrase: "wrong" })).rejects.toMatchObject({
      code: "KEY_UNREADABLE",
    });
    expect(readdirSync(directory)).toEqual(["g1"]);
  });
});

describe("a root made in a ceremony", () => {
  test("fail/ it signs with their approval only, in the development setting too", async () => {
    const keys = join(scratch.path, "held");
    const operators = await Promise.all(["Hanako", "Taro"].map(makeOperator));
    const { report } = await hold(yaml(keys, operators, plan("g1")), operators);
    const held = { directory: directoryOf(keys) };
    const end = Date.parse(report.startedAt) + 365 * day;
    expect(await renewAt(end - 100 * day, held)).toEqual({ renewed: [], ending: [] });
    expect(await renewAt(end - 20 * day, held)).toMatchObject({
      renewed: [],
      ending: [{ generation: "g1" }],
    });
  });
});
