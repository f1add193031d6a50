import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type CeremonyReport, signReport } from "../../../pki/ca/ceremony/report.ts";
import { folderProblems, verifyReport } from "../../../pki/ca/ceremony/verify.ts";
import { openSoftwareKeyStore } from "../../../pki/key-store/software.ts";
import { hold, plan, yaml } from "./ceremony-holding.ts";
import { keysOf, operators, two, withOperators } from "./ceremony-operators.ts";
import { openssl } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

withOperators();

describe("verify", () => {
  test("fail/ a report that was changed, signed by another root, or is malformed", async () => {
    const one = await hold(yaml(keysOf("one"), operators, plan("g1")), two());
    const jws = readFileSync(join(one.folder, "ceremony-report.jws"), "utf8");
    const [header = "", payload = "", signature = ""] = jws.split(".");
    const read = JSON.parse(Buffer.from(payload, "base64url").toString());
    const touched = Buffer.from(JSON.stringify({ ...read, endedAt: new Date(0).toISOString() })).toString(
      "base64url",
    );
    for (const wrong of [[header, touched, signature].join("."), "nothing", `${payload}.${payload}.`]) {
      expect((await verifyReport(wrong)).problems).toEqual([
        expect.stringContaining("not signed by the root in it"),
      ]);
    }
    expect((await verifyReport(jws)).problems).toEqual([]);
  });

  describe("finds faults that the root itself signed", () => {
    let report: CeremonyReport;
    let other: CeremonyReport;
    let root: Parameters<typeof signReport>[1];
    beforeAll(async () => {
      const held = await hold(yaml(keysOf("signed"), operators, plan("g1")), two());
      other = (await hold(yaml(keysOf("other"), operators, plan("g1")), two())).report;
      report = held.report;
      const certificate = new Uint8Array(Buffer.from(report.root.der, "base64"));
      root = { keyStore: await openSoftwareKeyStore(held.folder, passphrase), keyId: "g1-root", certificate };
    });
    const line = (index: number, more: object) =>
      report.certificates.map((entry, at) => (at === index ? { ...entry, ...more } : entry));
    const forgeries: [string, () => Partial<CeremonyReport>, string][] = [
      ["an approval left out", () => ({ approvals: report.approvals.slice(1) }), "It takes 2 operators"],
      [
        "another name under an approval",
        () => ({ approvals: report.approvals.map((entry) => ({ ...entry, name: "Jiro" })) }),
        "not by the operators named in the report",
      ],
      ["another statement", () => ({ statement: other.statement }), "approved another statement"],
      ["a time before", () => ({ startedAt: new Date(0).toISOString() }), "from the future"],
      [
        "a date that is not the certificate's",
        () => ({ certificates: line(0, { notAfter: report.endedAt }) }),
        "g1-root is not as the report",
      ],
      [
        "another CA's certificate",
        () => ({ certificates: [report.certificates[0]!, other.certificates[1]!, report.certificates[2]!] }),
        "g1-issuing is not signed by g1-root",
      ],
      [
        "a certificate less",
        () => ({ certificates: report.certificates.slice(0, 2) }),
        "The certificates are not the approved ones",
      ],
      [
        "another key",
        () => ({ keys: report.keys.map((key) => ({ ...key, spkiSha256: "0".repeat(64) })) }),
        "The key g1-root is not the one",
      ],
      [
        "another algorithm",
        () => ({ keys: report.keys.map((key) => ({ ...key, algorithm: "P-256" as const })) }),
        "g1-root is of another algorithm",
      ],
      ["a key less", () => ({ keys: report.keys.slice(1) }), "The keys are not the approved ones"],
      [
        "another place",
        () => ({ keyStore: { type: "pkcs11" as const, module: "/a", token: "b" } }),
        "not in the approved key store",
      ],
      ["another root's CRL", () => ({ rootCrl: other.rootCrl }), "The root CRL is not signed by the root"],
    ];
    test.each(forgeries)("fail/ %s", async (_name, change, message) => {
      const { problems } = await verifyReport(await signReport({ ...report, ...change() }, root));
      expect(problems).toContainEqual(expect.stringContaining(message));
    });

    test("fail/ files beside the report that differ from it", async () => {
      const folder = join(keysOf("signed"), "authority/g1");
      expect(await folderProblems(report, folder)).toEqual([]);
      const elsewhere = join(keysOf("other"), "authority/g1");
      expect(await folderProblems(report, elsewhere)).toHaveLength(4);
    });
  });

  test("ok/ openssl finds the SHA-256 of the approved statement in it", async () => {
    const { folder, report } = await hold(yaml(keysOf("hash"), operators, plan("g1")), two());
    const file = join(folder, "ceremony-statement.json");
    expect(openssl(["dgst", "-sha256", "-r", file])).toContain(report.statementSha256);
    writeFileSync(file, "kept apart from the report");
    expect(JSON.parse(report.statement)).toMatchObject({ generation: "g1" });
  });
});
