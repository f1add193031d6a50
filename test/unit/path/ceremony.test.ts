import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Authorities, openAuthorities } from "../../../pki/ca/authorities.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { directoryOf, hold, makeOperator, plan, yaml } from "../ca/ceremony-holding.ts";
import { issue } from "../ca/issuing.ts";
import { openssl, scratchDirectory, writePem } from "../ca/openssl.ts";
import { passphrase } from "../ca/passphrase.ts";
import { find } from "./finding.ts";

/** Chains that ceremonies make: our verdict is OpenSSL's, and none takes a long search. */

const day = 86_400_000;
const start = Math.floor(Date.now() / 1000) * 1000;
const issuesFrom = start + 30 * day;
const later = issuesFrom + day;

let scratch: ReturnType<typeof scratchDirectory>;
/** By name: `old` and `new` are subscribers of the first and the second generation. */
let certificates: Record<string, Uint8Array>;

beforeAll(async () => {
  scratch = scratchDirectory();
  const keys = join(scratch.path, "keys");
  const operators = await Promise.all(["Hanako", "Taro"].map(makeOperator));
  await hold(yaml(keys, operators, plan("g1")), operators, { clock: () => new Date(start) });
  const second = plan("g2", { issuesFrom: `${new Date(issuesFrom).toISOString().slice(0, 19)}Z` });
  const clock = () => new Date(start + 3_600_000);
  await hold(yaml(keys, operators, second), operators, { clock });
  const directory = directoryOf(keys);
  const open = { directory, passphrase, development: false, clock: () => new Date(issuesFrom) };
  const { all } = await openAuthorities(open);
  const [one, two] = all as [Authorities["active"], Authorities["active"]];
  const subject = (crossing: Uint8Array) => readCertificate(crossing).subject.text;
  const ofRoot = (root: Uint8Array) => two.cross?.find((one) => subject(one) === subject(root)) as Uint8Array;
  certificates = {
    old: (await issue(one, { now: new Date(start + day) })).certificate,
    new: (await issue(two, { now: new Date(issuesFrom) })).certificate,
    root1: one.root,
    root2: two.root,
    issuing1: one.issuing,
    issuing2: two.issuing,
    newByOld: ofRoot(two.root),
    oldByNew: ofRoot(one.root),
  };
});
afterAll(() => scratch.remove());

const der = (name: string) => certificates[name] as Uint8Array;
const crossing = ["issuing1", "issuing2", "newByOld", "oldByNew"];
/** With both roots: OpenSSL follows the first it meets and stops where that is not trusted. */
const everything = ["root1", "root2", ...crossing];

interface Chain {
  signer: string;
  roots: readonly string[];
  given: readonly string[];
  at: number;
}

function opensslAccepts({ signer, roots, given, at }: Chain): boolean {
  const pem = (name: string, ...ders: Uint8Array[]) => writePem(scratch.path, name, "CERTIFICATE", ...ders);
  const untrusted = given.length > 0 ? ["-untrusted", pem("untrusted.pem", ...given.map(der))] : [];
  const trusted = ["-CAfile", pem("trusted.pem", ...roots.map(der)), "-no-CApath", "-no-CAstore"];
  const options = ["-x509_strict", "-attime", String(at / 1000), ...trusted, ...untrusted];
  try {
    return openssl(["verify", ...options, pem("certificate.pem", der(signer))]).includes(": OK");
  } catch (error) {
    if (String((error as { stderr?: unknown }).stderr).includes("verification failed")) return false;
    throw error;
  }
}

const ours = ({ signer, roots, given, at }: Chain) => {
  const read = (name: string) => readCertificate(der(name));
  const question = { anchors: roots.map(read), intermediates: given.map(read), at: new Date(at) };
  return find(read(signer), question);
};

describe("chains that a ceremony makes", () => {
  test.each<[string, Chain, boolean]>([
    ["plain", { signer: "old", roots: ["root1"], given: ["issuing1"], at: later }, true],
    ["the second generation", { signer: "new", roots: ["root2"], given: ["issuing2"], at: later }, true],
    [
      "old to new root",
      { signer: "old", roots: ["root2"], given: ["issuing1", "oldByNew"], at: later },
      true,
    ],
    [
      "new to old root",
      { signer: "new", roots: ["root1"], given: ["issuing2", "newByOld"], at: later },
      true,
    ],
    ["both cross-certificates, old", { signer: "old", roots: ["root2"], given: crossing, at: later }, true],
    ["both cross-certificates, new", { signer: "new", roots: ["root1"], given: crossing, at: later }, true],
    ["both roots", { signer: "new", roots: ["root1", "root2"], given: crossing, at: later }, true],
    ["an issuing CA", { signer: "issuing1", roots: ["root2"], given: crossing, at: later }, true],
    [
      "no cross-certificate",
      { signer: "old", roots: ["root2"], given: ["issuing1", "root1"], at: later },
      false,
    ],
    [
      "the wrong cross-certificate",
      { signer: "old", roots: ["root2"], given: ["issuing1", "newByOld"], at: later },
      false,
    ],
    ["no issuing CA", { signer: "old", roots: ["root1"], given: [], at: later }, false],
    ["another issuing CA", { signer: "old", roots: ["root2"], given: ["issuing2"], at: later }, false],
    ["before it began", { signer: "old", roots: ["root1"], given: ["issuing1"], at: start }, false],
    [
      "after the CA ended",
      { signer: "old", roots: ["root1"], given: ["issuing1"], at: start + 4_000 * day },
      false,
    ],
  ])("%s", (_, chain, right) => {
    const result = ours(chain);
    expect([result.ok, opensslAccepts(chain)]).toEqual([right, right]);
    expect(result.signatures).toBeLessThanOrEqual(4);
  });

  test.each([
    ["old", "root1", 3],
    ["old", "root2", 4],
    ["new", "root1", 4],
    ["new", "root2", 3],
  ])("ok/ %s to %s, all certificates given in any order", (signer, root, length) => {
    for (const given of [everything, everything.toReversed()]) {
      const result = ours({ signer, roots: [root], given, at: later });
      expect(result.ok && result.path.length).toBe(length);
      expect(result.signatures).toBeLessThanOrEqual(4);
    }
  });
});
