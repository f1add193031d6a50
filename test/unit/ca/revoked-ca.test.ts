import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import { isRevokedByRoot, readIssuer } from "../../../pki/ca/authority.ts";
import { parseRootCrl } from "../../../pki/ca/authority-files.ts";
import { fingerprint } from "../../../pki/ca/ceremony/approvals.ts";
import { readCeremonyConfig } from "../../../pki/ca/ceremony/config.ts";
import { holdRootCrl } from "../../../pki/ca/ceremony/hold-root-crl.ts";
import { signReport } from "../../../pki/ca/ceremony/report.ts";
import {
  type RootCrlReport,
  rootCrlReportType,
  verifyRootCrlReport,
} from "../../../pki/ca/ceremony/root-crl-report.ts";
import { type CaToRevoke, writeRootCrlStatement } from "../../../pki/ca/ceremony/root-crl-statement.ts";
import { verifyReport } from "../../../pki/ca/ceremony/verify.ts";
import { makeCrl } from "../../../pki/ca/crl.ts";
import { openSoftwareKeyStore } from "../../../pki/key-store/software.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";
import { directoryOf, hold, makeOperator, type Operator, plan, yaml } from "./ceremony-holding.ts";
import { openssl, scratchDirectory, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

/** A root revokes an issuing CA: what its operators approve, what is published, and who issues then. */

let scratch: ReturnType<typeof scratchDirectory>;
let operators: Operator[];
let config: string;
let directory: string;
const software = "kazasu 0.0.0";

beforeAll(async () => {
  scratch = scratchDirectory();
  operators = await Promise.all(["Hanako", "Taro"].map(makeOperator));
  const keys = join(scratch.path, "keys");
  directory = directoryOf(keys);
  await hold(yaml(keys, operators, plan("g1")), operators);
  config = yaml(keys, operators, plan("g2", { root: { kind: "existing", generation: "g1" } }));
  await hold(config, operators);
  // Both held within one second: of two that issue from the same time on, the later generation does.
  const recordOf = (generation: string) => join(directory, generation, "generation.json");
  const { issuesFrom } = JSON.parse(readFileSync(recordOf("g1"), "utf8"));
  const second = JSON.parse(readFileSync(recordOf("g2"), "utf8"));
  writeFileSync(recordOf("g2"), JSON.stringify({ ...second, issuesFrom }));
});
afterAll(() => scratch.remove());

const statementOf = async (revoke: CaToRevoke[] = []): Promise<string> =>
  writeRootCrlStatement(config, await readCeremonyConfig(config), "g1", software, revoke);

async function held(statement: string) {
  const approvals = await Promise.all(operators.map(({ key }) => signApproval(statement, key, new Date())));
  const clock = () => new Date();
  const secret = async () => passphrase;
  const openKeyStore = () => Promise.reject(new Error("There is no token here."));
  return holdRootCrl({ config, statement, approvals, software, clock, passphrase: secret, openKeyStore });
}

/** The same report, of a CRL by the same root that lists nothing. */
async function signedWithout(report: RootCrlReport): Promise<string> {
  const { number, thisUpdate, nextUpdate } = parseRootCrl(
    new Uint8Array(Buffer.from(report.rootCrl.der, "base64")),
  );
  const keyStore = await openSoftwareKeyStore(join(directory, "g1"), passphrase);
  const certificate = new Uint8Array(Buffer.from(report.root.der, "base64"));
  const signer = { keyStore, issuer: readIssuer(certificate), issuingKeyId: "g1-root" };
  const der = await makeCrl(signer, { number, thisUpdate, nextUpdate, entries: [] });
  const rootCrl = { sha256: fingerprint(der), der: Buffer.from(der).toString("base64") };
  return signReport({ ...report, rootCrl }, { keyStore, keyId: "g1-root", certificate }, rootCrlReportType);
}

const open = () => openAuthorities({ directory, passphrase, development: false });

/** What OpenSSL says of an issuing CA by the newest CRL of its root. */
async function status(generation: string): Promise<string> {
  const { all } = await open();
  const authority = all.find((each) => each.generation === generation)!;
  const [crl, root, issuing] = [
    writePem(scratch.path, "crl.pem", "X509 CRL", authority.rootCrl!.der),
    writePem(scratch.path, "root.pem", "CERTIFICATE", authority.root),
    writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing),
  ];
  try {
    return openssl(["verify", "-x509_strict", "-crl_check", "-CRLfile", crl, "-CAfile", root, issuing]);
  } catch (error) {
    return (error as Error).message;
  }
}

test("ok/approved by name, serial and reason; from then on it is revoked, listed for ever, and another generation issues", async () => {
  const { active, all } = await open();
  expect(active.generation).toBe("g2");
  const statement = await statementOf([{ generation: "g2", reason: "cACompromise" }]);
  const { serial } = readCertificate(all[1]!.issuing);
  expect(JSON.parse(statement)).toMatchObject({
    entries: 1,
    revoke: [{ generation: "g2", certificate: "g2-issuing", serial, reason: "cACompromise" }],
  });
  const { folder } = await held(statement);
  expect(await status("g2")).toContain("certificate revoked");
  expect(await status("g1")).toContain("OK");
  const text = openssl(["crl", "-in", join(scratch.path, "crl.pem"), "-noout", "-text"]);
  expect(text).toContain("CA Compromise");
  const after = await open();
  expect([after.active.generation, after.all.length]).toEqual(["g1", 2]);
  const report = readFileSync(join(folder, "root-crl-report.jws"), "utf8");
  const verified = await verifyRootCrlReport(report);
  expect(verified.problems).toEqual([]);
  const lenient = await signedWithout(verified.report!);
  expect((await verifyRootCrlReport(lenient)).problems).toEqual([
    "The CRL does not list the approved certificates.",
  ]);

  // The yearly renewal keeps it, with its date and reason.
  await held(await statementOf());
  expect(await status("g2")).toContain("certificate revoked");
  const renewed = openssl(["crl", "-in", join(scratch.path, "crl.pem"), "-noout", "-text"]);
  expect(/Revocation Date: .*/.exec(renewed)?.[0]).toBe(/Revocation Date: .*/.exec(text)?.[0]);
  expect(renewed).toContain("CA Compromise");

  // So does the ceremony of the next generation below this root.
  const next = yaml(
    join(scratch.path, "keys"),
    operators,
    plan("g3", { root: { kind: "existing", generation: "g1" } }),
  );
  await hold(next, operators);
  expect(await status("g2")).toContain("certificate revoked");
  expect((await open()).active.generation).toBe("g3");
  const ceremony = readFileSync(join(directory, "g3", "ceremony-report.jws"), "utf8");
  expect((await verifyReport(ceremony)).problems).toEqual([]);

  await expect(statementOf([{ generation: "g2", reason: "superseded" }])).rejects.toThrow(
    "The issuing CA of g2 is revoked already; that is for ever.",
  );
});

test("bad/an unknown generation, or one below another root", async () => {
  await expect(statementOf([{ generation: "g9", reason: "superseded" }])).rejects.toThrow("There is no g9");
  const keys = join(scratch.path, "keys");
  await hold(yaml(keys, operators, plan("g4")), operators);
  await expect(statementOf([{ generation: "g4", reason: "superseded" }])).rejects.toThrow(
    "The issuing CA of g4 is below the root of g4: plan with --generation g4.",
  );
  const renewals = readdirSync(join(directory, "g1")).filter((name) => name.startsWith("root-crl-"));
  expect(renewals).toHaveLength(2);
});

test("bad/every issuing CA is revoked: the status of all is still served, and none issues", async () => {
  for (const generation of ["g1", "g3"])
    await held(await statementOf([{ generation, reason: "cessationOfOperation" }]));
  const config4 = yaml(join(scratch.path, "keys"), operators, plan("g4"));
  const statement = await writeRootCrlStatement(config4, await readCeremonyConfig(config4), "g4", software, [
    { generation: "g4", reason: "superseded" },
  ]);
  config = config4;
  await held(statement);
  const { active, all } = await open();
  expect(all.map(isRevokedByRoot)).toEqual([true, true, true, true]);
  expect(isRevokedByRoot(active)).toBe(true);
});
