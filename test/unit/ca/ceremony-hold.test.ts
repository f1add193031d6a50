import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { CeremonyFailed } from "../../../pki/ca/ceremony/make-generation.ts";
import { verifyReport } from "../../../pki/ca/ceremony/verify.ts";
import type { GeneratingKeyStore } from "../../../pki/key-store/key-store.ts";
import { openSoftwareKeyStore } from "../../../pki/key-store/software.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";
import { directoryOf, hold, plan, statementOf, yaml } from "./ceremony-holding.ts";
import { keysOf, operators, scratch, stranger, two, withOperators } from "./ceremony-operators.ts";
import { openssl, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

withOperators();

const text = (der: Uint8Array): string => openssl(["x509", "-inform", "DER", "-noout", "-text"], der);

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

  test("fail/ a token fails half-way: no generation is stored, and the keys left in it are named", async () => {
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
