import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { CeremonyFailed } from "../../../pki/ca/ceremony/make-generation.ts";
import { type CeremonyReport, signReport } from "../../../pki/ca/ceremony/report.ts";
import { folderProblems, verifyReport } from "../../../pki/ca/ceremony/verify.ts";
import type { GeneratingKeyStore } from "../../../pki/key-store/key-store.ts";
import { openSoftwareKeyStore } from "../../../pki/key-store/software.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";
import {
  directoryOf,
  hold,
  makeOperator,
  type Operator,
  plan,
  software,
  statementOf,
  yaml,
} from "./ceremony-holding.ts";
import { openssl, scratchDirectory, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let operators: Operator[];
let stranger: Operator;

beforeAll(async () => {
  scratch = scratchDirectory();
  operators = await Promise.all(["Hanako", "Taro", "Jiro"].map(makeOperator));
  stranger = await makeOperator("Stranger");
});
afterAll(() => scratch.remove());

const keysOf = (name: string): string => join(scratch.path, name);
const text = (der: Uint8Array): string => openssl(["x509", "-inform", "DER", "-noout", "-text"], der);
const [first, second] = [0, 1];
const two = (): Operator[] => operators.slice(first, second + 1);

describe("plan", () => {
  test("ok/ the statement says everything that is made, and is the same each time", async () => {
    const config = yaml(keysOf("planned"), operators, plan("g1", { crlShards: 4 }));
    const statement = await statementOf(config);
    expect(await statementOf(config)).toBe(statement);
    expect(JSON.parse(statement)).toMatchObject({
      software,
      previous: null,
      keys: [
        { id: "g1-root", algorithm: "P-384" },
        { id: "g1-issuing", algorithm: "P-256" },
        { id: "g1-ocsp-*", algorithm: "P-256" },
      ],
      certificates: [
        { role: "root", subject: { commonName: "Test CA Root CA G1" }, years: 20 },
        { role: "issuing", subject: { commonName: "Test CA Issuing CA G1" }, signedBy: "g1-root" },
        { role: "ocsp-signer", signedBy: "g1-issuing", days: 180 },
      ],
      crlShards: 4,
      approval: { needed: 2 },
    });
  });

  test.each([
    ["a policy of one", {}, { needed: 1 }, "approval.needed"],
    ["more needed than there are", {}, { needed: 4 }, "must not be more than there are operators"],
    ["an unknown algorithm", { issuing: { algorithm: "P-521", years: 1 } }, {}, "plan.issuing.algorithm"],
    [
      "a root that ends first",
      { issuing: { algorithm: "P-256", years: 20 }, root: { kind: "new", algorithm: "P-384", years: 10 } },
      {},
      "plan.root.years",
    ],
    [
      "an older root from the future",
      { root: { kind: "existing", generation: "g1" } },
      {},
      "must be earlier than g1",
    ],
    ["a name too long", { organisation: "x".repeat(60) }, {}, "longer than 64"],
    ["an address of https", { urls: { crlBase: "https://crl.example" } }, {}, "plan.urls.crlBase"],
    ["a word nobody knows", { rooot: 1 }, {}, "rooot"],
  ])("fail/ %s", async (_name, more, approval, message) => {
    const config = yaml(keysOf("never"), operators, plan("g1", more), approval);
    await expect(statementOf(config)).rejects.toThrow(message);
  });

  test("fail/ one key under two names, a kid that is another key's, and what is no YAML", async () => {
    const twice = [operators[0]!, { ...operators[0]!, entry: { ...operators[0]!.entry, name: "Other" } }];
    await expect(statementOf(yaml(keysOf("never"), twice, plan("g1")))).rejects.toThrow("listed twice");
    const { entry } = operators[1]!;
    const forged = { ...operators[1]!, entry: { ...entry, jwk: { ...entry.jwk, kid: "x".repeat(43) } } };
    const config = yaml(keysOf("never"), [operators[0]!, forged], plan("g1"));
    await expect(statementOf(config)).rejects.toThrow("The kid of Taro");
    await expect(statementOf("a: [")).rejects.toThrow("not YAML");
  });
});

describe("hold", () => {
  test("ok/ a generation with a report that verifies, and no secret in any file", async () => {
    const keys = keysOf("held");
    const urls = { crlBase: "http://crl.example", caIssuersBase: "http://crl.example" };
    const more = { urls, policies: ["1.2.3.4"], cps: "https://ca.example/cps" };
    const { folder, report } = await hold(yaml(keys, operators, plan("g1", more)), two());
    const { active, all } = await openAuthorities({
      directory: directoryOf(keys),
      passphrase,
      development: false,
    });
    expect(all).toEqual([active]);
    expect(active).toMatchObject({ generation: "g1", crlShards: 8, issuingKeyId: "g1-issuing" });
    const issuing = text(active.issuing);
    expect(issuing).toContain("URI:http://crl.example/g1/root.crl");
    expect(issuing).toContain("CA Issuers - URI:http://crl.example/g1/root.cer");
    expect(issuing).toMatch(/Policy: 1\.2\.3\.4\n\s+CPS: https:\/\/ca\.example\/cps/);
    expect(issuing).toMatch(/CA:TRUE, pathlen:0\n/);
    expect(text(active.root)).not.toContain("CRL Distribution");

    const jws = readFileSync(join(folder, "ceremony-report.jws"), "utf8");
    expect((await verifyReport(jws)).problems).toEqual([]);
    expect(report.approvals.map(({ name }) => name)).toEqual(["Hanako", "Taro"]);
    expect(report.keys.map(({ id, extractable }) => [id.slice(0, 10), extractable])).toEqual([
      ["g1-root", true],
      ["g1-issuing", true],
      ["g1-ocsp-" + active.ocspSignerKeyId.slice(8, 10), true],
    ]);
    expect(report.root.sha256).toBe(
      new X509Certificate(active.root).fingerprint256.replaceAll(":", "").toLowerCase(),
    );
    const page = readFileSync(join(folder, "ceremony-report.md"), "utf8");
    expect(page).toContain("鍵生成セレモニー報告書 g1");
    for (const { sha256 } of report.certificates) expect(page).toContain(sha256);
    for (const name of readdirSync(folder)) {
      const content = readFileSync(join(folder, name), "utf8");
      expect(content).not.toContain(passphrase);
      expect(content.includes("PRIVATE KEY")).toBe(name.endsWith(".key.pem"));
      expect(content).not.toContain("BEGIN PRIVATE KEY");
    }
  });

  test.each([
    ["P-256", "RSA-2048", "P-384"],
    ["RSA-3072", "P-384", "RSA-2048"],
  ] as const)("ok/ root %s, issuing CA %s, OCSP signer %s", async (root, issuing, ocsp) => {
    const keys = keysOf(`algorithms-${root}`);
    const config = yaml(
      keys,
      operators,
      plan("g1", {
        root: { kind: "new", algorithm: root, years: 5 },
        issuing: { algorithm: issuing, years: 5 },
        ocspSigner: { algorithm: ocsp },
      }),
    );
    const { folder, report } = await hold(config, two());
    expect(report.keys.map(({ algorithm }) => algorithm)).toEqual([root, issuing, ocsp]);
    const jws = readFileSync(join(folder, "ceremony-report.jws"), "utf8");
    expect((await verifyReport(jws)).problems).toEqual([]);
    const { active } = await openAuthorities({
      directory: directoryOf(keys),
      passphrase,
      development: false,
    });
    const file = (name: string, der: Uint8Array) => writePem(keys, name, "CERTIFICATE", der);
    const [rootFile, issuingFile, signerFile] = [
      file("root.pem", active.root),
      file("issuing.pem", active.issuing),
      file("signer.pem", active.ocspSigner),
    ];
    expect(
      openssl(["verify", "-x509_strict", "-CAfile", rootFile, "-untrusted", issuingFile, signerFile]),
    ).toContain("OK");
  });

  describe("refuses", () => {
    let config: string;
    const keys = () => keysOf("refused");
    beforeAll(() => {
      config = yaml(keys(), operators, plan("g1"));
    });
    const refusals: [string, () => Promise<unknown>, string][] = [
      ["too few approvals", () => hold(config, [operators[0]!]), "It takes 2 operators, and 1 approved"],
      ["one operator twice", () => hold(config, [operators[0]!, operators[0]!]), "Hanako approved twice"],
      ["an unknown operator", () => hold(config, [operators[0]!, stranger]), "not an operator's"],
      [
        "a stale approval",
        async () => {
          const old = await signApproval(
            await statementOf(config),
            operators[0]!.key,
            new Date(Date.now() - 7_200_000),
          );
          const fresh = await signApproval(await statementOf(config), operators[1]!.key, new Date());
          return hold(config, [], { approvals: [old, fresh] });
        },
        "The approval of Hanako is too old",
      ],
      [
        "an approval of another statement",
        async () => {
          const other = await signApproval("{}", operators[0]!.key, new Date());
          const right = await signApproval(await statementOf(config), operators[1]!.key, new Date());
          return hold(config, [], { approvals: [right, other] });
        },
        "Hanako approved another statement",
      ],
      [
        "a configuration that was changed since",
        async () => {
          const statement = await statementOf(config);
          return hold(config.replace("maxAgeHours: 1", "maxAgeHours: 2"), two(), { statement });
        },
        "plan again",
      ],
    ];
    test.each(refusals)("fail/ %s", async (_name, act, message) => {
      await expect(act()).rejects.toMatchObject({
        name: "CeremonyRefused",
        message: expect.stringContaining(message),
      });
      expect(() => readdirSync(keys())).toThrow("ENOENT");
    });
  });

  test("fail/ a token that breaks half-way: nothing to load, and the keys it still has by name", async () => {
    const keys = keysOf("token");
    const token = await openSoftwareKeyStore(join(scratch.path, "token-keys"), passphrase);
    const breaking: GeneratingKeyStore = {
      list: () => token.list(),
      publicKey: (id) => token.publicKey(id),
      sign: (id, data) => token.sign(id, data),
      generate: async (id, algorithm) => {
        if (id.startsWith("g1-ocsp-")) throw new Error("The token was pulled out.");
        return token.generate(id, algorithm);
      },
    };
    const keyStore = { type: "pkcs11", module: "/lib/hsm.so", token: "ca" };
    const config = yaml(keys, operators, plan("g1", { keyStore }));
    const openKeyStore = async () => breaking;
    const failure: CeremonyFailed = await hold(config, two(), { openKeyStore }).then(
      () => {
        throw new Error("The ceremony went well.");
      },
      (error) => error,
    );
    expect(failure.name).toBe("CeremonyFailed");
    expect(failure.keysLeft).toEqual(["g1-root", "g1-issuing"]);
    expect(failure.message).toContain(
      "The token was pulled out. These keys are left in the token, destroy them: g1-root, g1-issuing.",
    );
    expect(readdirSync(directoryOf(keys))).toEqual([]);
    await expect(hold(config, two(), { openKeyStore })).rejects.toThrow(
      "The token already has keys of g1 (g1-issuing, g1-root)",
    );
  });

  test("ok/ a generation in a token is opened by its reference; two generations keep their keys apart", async () => {
    const keys = keysOf("token-good");
    const token = await openSoftwareKeyStore(join(scratch.path, "token-good-keys"), passphrase);
    const openKeyStore = async () => token;
    const keyStore = { type: "pkcs11", module: "/lib/hsm.so", token: "ca" };
    await hold(yaml(keys, operators, plan("g1", { keyStore })), two(), { openKeyStore });
    const root = { kind: "existing", generation: "g1" };
    const { report } = await hold(yaml(keys, operators, plan("g2", { keyStore, root })), two(), {
      openKeyStore,
    });
    expect(report.keys.map(({ role, extractable }) => [role, extractable])).toEqual([
      ["issuing", false],
      ["ocsp-signer", false],
    ]);
    const { all } = await openAuthorities({
      directory: directoryOf(keys),
      passphrase,
      development: false,
      openKeyStore,
    });
    expect(all.map(({ generation }) => generation)).toEqual(["g1", "g2"]);
    expect(all[1]?.root).toEqual(all[0]?.root);
    expect(all[1]?.cross).toBeUndefined();
    const number = (index: number) =>
      openssl(["crl", "-inform", "DER", "-noout", "-crlnumber"], all[index]?.rootCrl?.der);
    expect(number(0)).toBe(number(1));
    expect(Number(number(0).split("=")[1])).toBeGreaterThan(1);
    expect((await token.list()).map((id) => id.slice(0, 7))).toEqual([
      "g1-issu",
      "g1-ocsp",
      "g1-root",
      "g2-issu",
      "g2-ocsp",
    ]);
  });
});

describe("verify", () => {
  test("fail/ a report that was touched, signed by another root, or is none", async () => {
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

  describe("finds what the root itself signed and should not have", () => {
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

    test("fail/ files beside the report that are not the ones in it", async () => {
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

test("ok/ the example in the documentation is a ceremony that can be planned", async () => {
  const example = readFileSync(new URL("../../../docs/examples/ceremony.yaml", import.meta.url), "utf8");
  const statement = JSON.parse(await statementOf(example.replace("var/keys", keysOf("example"))));
  expect(statement).toMatchObject({ generation: "g1", keyStore: { type: "pkcs11", token: "kazasu-ca" } });
  expect(statement.approval.operators).toHaveLength(3);
});
