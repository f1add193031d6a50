import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import { signReport } from "../../../pki/ca/ceremony/report.ts";
import {
  type RootCrlReport,
  rootCrlReportType,
  verifyRootCrlReport,
} from "../../../pki/ca/ceremony/root-crl-report.ts";
import { newestRootCrl } from "../../../pki/ca/root-crl-files.ts";
import { openSoftwareKeyStore } from "../../../pki/key-store/software.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";
import { catchConsole, path, run } from "./ceremony-console.ts";
import { directoryOf, hold, makeOperator, type Operator, plan, yaml } from "./ceremony-holding.ts";
import { openssl, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

let operators: Operator[];
let config: string;

catchConsole();
beforeAll(async () => {
  operators = await Promise.all(["Hanako", "Taro", "Jiro"].map(makeOperator));
  const keys = path("keys");
  await hold(yaml(keys, operators, plan("g1")), operators.slice(0, 2));
  const below = plan("g2", { root: { kind: "existing", generation: "g1" } });
  config = yaml(keys, operators, below);
  await hold(config, operators.slice(0, 2));
  writeFileSync(path("ceremony.yaml"), config);
  writeFileSync(path("passphrase"), passphrase, { mode: 0o600 });
});

async function planned(generation = "g1"): Promise<void> {
  const { output } = await withConfig("plan", "--generation", generation);
  writeFileSync(path("statement.json"), output[0] ?? "");
}

async function approvals(...approvers: Operator[]): Promise<string[]> {
  const statement = readFileSync(path("statement.json"), "utf8");
  return Promise.all(
    approvers.map(async ({ entry, key }) => {
      const file = path(`${entry.name}.jws`);
      writeFileSync(file, await signApproval(statement, key, new Date()));
      return file;
    }),
  );
}

const withConfig = (step: string, ...args: string[]) =>
  run("root-crl", step, "--config", path("ceremony.yaml"), ...args);

const holdWith = (files: string[], secret = "passphrase") => {
  const statement = ["--statement", path("statement.json")];
  return withConfig("hold", ...statement, "--approval", ...files, "--passphrase-file", path(secret));
};

describe("kazasu ceremony root-crl", () => {
  test("ok/ plan, approve, hold, verify: every generation below the root gets the new CRL", async () => {
    const before = await newestRootCrl(directoryOf(path("keys")), "g1");
    await planned("g2");
    expect(JSON.parse(readFileSync(path("statement.json"), "utf8"))).toMatchObject({
      act: "kazasu/root-crl/1",
      generation: "g1",
      root: { key: "g1-root" },
      previous: { number: String(before!.number) },
      days: 365,
      entries: 0,
    });
    const files = await approvals(operators[0]!, operators[1]!);
    const held = await holdWith(files);
    expect([held.code, held.output]).toEqual([
      0,
      [expect.stringMatching(/^The CRL \d+ of the root of g1 is in/)],
    ]);
    const { all } = await openAuthorities({
      directory: directoryOf(path("keys")),
      passphrase,
      development: false,
    });
    const [one, two] = all;
    expect(one?.rootCrl?.der).toEqual(two?.rootCrl?.der);
    expect(one!.rootCrl!.number).toBeGreaterThan(before!.number);
    const crl = writePem(path("."), "crl.pem", "X509 CRL", one!.rootCrl!.der);
    const root = writePem(path("."), "root.pem", "CERTIFICATE", one!.root);
    const issuing = writePem(path("."), "issuing.pem", "CERTIFICATE", two!.issuing);
    expect(
      openssl(["verify", "-x509_strict", "-crl_check", "-CRLfile", crl, "-CAfile", root, issuing]),
    ).toContain("OK");

    const report = path(`keys/authority/g1/root-crl-${one!.rootCrl!.number}/root-crl-report.jws`);
    const verified = await run("verify", "--report", report);
    expect(verified.code).toBe(0);
    expect(verified.output[0]).toBe(
      "The report of a CRL of the root of g1 holds, approved by Hanako and Taro.",
    );
    expect([...held.output, ...verified.output].join("\n")).not.toContain(passphrase);
    // What was approved is done once.
    const again = await holdWith(files);
    expect([again.code, again.output.join()]).toEqual([2, expect.stringContaining("plan again")]);
    // The ceremonies' own reports and files are as they were.
    for (const id of ["g1", "g2"]) {
      const { code } = await run("verify", "--report", path(`keys/authority/${id}/ceremony-report.jws`));
      expect(code).toBe(0);
    }
  });

  const refusals: [string, () => Promise<string[]>, string][] = [
    ["one approval", () => approvals(operators[0]!), "It takes 2 operators, and 1 approved"],
    ["the same operator twice", () => approvals(operators[0]!, operators[0]!), "approved twice"],
    [
      "somebody else",
      async () => approvals(operators[0]!, await makeOperator("Stranger")),
      "not an operator's",
    ],
    [
      "a statement that was changed",
      async () => {
        const text = readFileSync(path("statement.json"), "utf8").replace('"days": 365', '"days": 999');
        writeFileSync(path("statement.json"), text);
        return approvals(operators[0]!, operators[1]!);
      },
      "plan again",
    ],
    [
      "a statement of another act",
      async () => {
        writeFileSync(path("statement.json"), "{}");
        return approvals(operators[0]!, operators[1]!);
      },
      "not for a root's CRL",
    ],
  ];
  test.each(refusals)("fail/ %s: refused with exit code 2, and nothing is made", async (_name, make, why) => {
    await planned();
    const before = readdirSync(path("keys/authority/g1"));
    const { code, output } = await holdWith(await make());
    expect([code, output.join()]).toEqual([2, expect.stringContaining(why)]);
    expect(readdirSync(path("keys/authority/g1"))).toEqual(before);
  });

  test("fail/ an unknown generation", async () => {
    const { code, output } = await withConfig("plan", "--generation", "g9");
    expect([code, output.join()]).toEqual([2, expect.stringContaining("There is no g9")]);
  });

  test("ok/ plan --revoke names the issuing CA; fail/ without a reason, or with one of a person", async () => {
    const plan = ["plan", "--generation", "g1", "--revoke", "g2"];
    const { output } = await withConfig(...(plan as [string]), "--reason", "cACompromise");
    expect(JSON.parse(output[0]!)).toMatchObject({
      entries: 1,
      revoke: [{ generation: "g2", certificate: "g2-issuing", reason: "cACompromise" }],
    });
    for (const more of [[], ["--reason", "affiliationChanged"]]) {
      const refused = await withConfig(...(plan as [string]), ...more);
      expect([refused.code, refused.output.join()]).toEqual([
        2,
        expect.stringContaining("Give --revoke and --reason together; a reason is one of cACompromise"),
      ]);
    }
  });

  test("fail/ a wrong passphrase: the command fails and leaves no file", async () => {
    await planned();
    const files = await approvals(operators[0]!, operators[1]!);
    writeFileSync(path("wrong"), "wrong", { mode: 0o600 });
    await expect(holdWith(files, "wrong")).rejects.toMatchObject({ code: "KEY_UNREADABLE" });
    expect(readdirSync(path("keys/authority"))).toEqual(["g1", "g2"]);
  });
});

describe("verify finds faults that the root itself signed", () => {
  let report: RootCrlReport;
  const signed = async (change: Partial<RootCrlReport>) => {
    const keyStore = await openSoftwareKeyStore(path("keys/authority/g1"), passphrase);
    const certificate = new Uint8Array(Buffer.from(report.root.der, "base64"));
    return signReport(
      { ...report, ...change },
      { keyStore, keyId: "g1-root", certificate },
      rootCrlReportType,
    );
  };
  const ceremonyCrl = () => {
    const der = readFileSync(path("keys/authority/g1/root.crl"));
    const sha256 = openssl(["dgst", "-sha256", "-r", path("keys/authority/g1/root.crl")]).slice(0, 64);
    return { der: der.toString("base64"), sha256 };
  };

  beforeAll(async () => {
    const folder = path("keys/authority/g1");
    const [renewal = ""] = readdirSync(folder).filter((name) => name.startsWith("root-crl-"));
    const [, payload = ""] = readFileSync(join(folder, renewal, "root-crl-report.jws"), "utf8").split(".");
    report = JSON.parse(Buffer.from(payload, "base64url").toString());
  });

  test("ok/ no finding in a valid report", async () => {
    expect((await verifyRootCrlReport(await signed({}))).problems).toEqual([]);
  });

  test.each<[string, () => Partial<RootCrlReport>, string]>([
    ["an approval left out", () => ({ approvals: report.approvals.slice(1) }), "It takes 2 operators"],
    [
      "another operator's name",
      () => ({ approvals: report.approvals.map((each) => ({ ...each, name: "Jiro" })) }),
      "not by the operators named",
    ],
    ["an older CRL", () => ({ rootCrl: ceremonyCrl() }), "not higher than the previous one"],
    ["another time", () => ({ startedAt: "2020-01-01T00:00:00.000Z" }), "from the future"],
    [
      "a CRL of nothing",
      () => ({ rootCrl: { ...ceremonyCrl(), der: "MAA=" } }),
      "differs from the one in the report",
    ],
    ["another generation", () => ({ generation: "g7" }), "not the approved one"],
    ["another statement", () => ({ statement: "{}" }), "not for a root's CRL"],
  ])("fail/ %s", async (_name, change, problem) => {
    const { problems } = await verifyRootCrlReport(await signed(change()));
    expect(problems.join(" ")).toContain(problem);
  });

  test("fail/ the report of a ceremony in place of a CRL's, and the reverse", async () => {
    const ceremony = readFileSync(path("keys/authority/g1/ceremony-report.jws"), "utf8");
    expect((await verifyRootCrlReport(ceremony)).problems).toHaveLength(1);
  });
});
