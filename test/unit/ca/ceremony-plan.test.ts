import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { plan, software, statementOf, yaml } from "./ceremony-holding.ts";
import { keysOf, operators, withOperators } from "./ceremony-operators.ts";

withOperators();

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
    ["an unknown word", { rooot: 1 }, {}, "rooot"],
  ])("fail/ %s", async (_name, more, approval, message) => {
    const config = yaml(keysOf("never"), operators, plan("g1", more), approval);
    await expect(statementOf(config)).rejects.toThrow(message);
  });

  test("fail/ one key under two names, another key's kid, and invalid YAML", async () => {
    const twice = [operators[0]!, { ...operators[0]!, entry: { ...operators[0]!.entry, name: "Other" } }];
    await expect(statementOf(yaml(keysOf("never"), twice, plan("g1")))).rejects.toThrow("listed twice");
    const { entry } = operators[1]!;
    const forged = { ...operators[1]!, entry: { ...entry, jwk: { ...entry.jwk, kid: "x".repeat(43) } } };
    const config = yaml(keysOf("never"), [operators[0]!, forged], plan("g1"));
    await expect(statementOf(config)).rejects.toThrow("The kid of Taro");
    await expect(statementOf("a: [")).rejects.toThrow("not YAML");
  });
});

test("ok/ the example in the documentation is a ceremony that can be planned", async () => {
  const example = readFileSync(new URL("../../../docs/examples/ceremony.yaml", import.meta.url), "utf8");
  const statement = JSON.parse(await statementOf(example.replace("var/keys", keysOf("example"))));
  expect(statement).toMatchObject({ generation: "g1", keyStore: { type: "pkcs11", token: "kazasu-ca" } });
  expect(statement.approval.operators).toHaveLength(3);
});
