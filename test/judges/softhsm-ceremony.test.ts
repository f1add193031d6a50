import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openAuthorities } from "../../pki/ca/authorities.ts";
import { makeCrl } from "../../pki/ca/crl.ts";
import { lintTbs } from "../../pki/ca/lint/lint.ts";
import { profiles } from "../../pki/ca/profiles/profiles.ts";
import { makeTbs, signTbs } from "../../pki/ca/tbs.ts";
import { openPkcs11KeyStore, type Pkcs11KeyStore } from "../../pki/key-store/pkcs11/open.ts";
import { pem } from "../../pki/pem.ts";
import { directoryOf, hold, makeOperator, plan, yaml } from "../unit/ca/ceremony-holding.ts";
import { p256Spki } from "../unit/ca/issuing.ts";
import { makeToken, type SoftToken, softhsmModule, userPin } from "./softhsm-token.ts";

/** A CA whose keys are in a token from their first day: made by a ceremony, used to issue, judged by OpenSSL. */

let token: SoftToken;
let store: Pkcs11KeyStore;
let keys: string;
beforeAll(async () => {
  token = await makeToken();
  store = await openPkcs11KeyStore({ module: softhsmModule, token: token.label, pin: userPin });
  keys = mkdtempSync(join(tmpdir(), "kazasu-hsm-ca-"));
});
afterAll(async () => {
  await store?.close();
  await token?.remove();
  rmSync(keys, { recursive: true, force: true });
});

const urls = {
  crlBase: "http://crl.example",
  ocsp: "http://ocsp.example/",
  caIssuersBase: "http://crl.example",
};

/** The revocations of a CRL that lists nobody. */
async function* nobody(): AsyncGenerator<never> {}

test("ok/held on a token: no key in any file, the report says so, and what it issues is good to OpenSSL", async () => {
  const operators = await Promise.all(["Akira", "Botan", "Chiyo"].map(makeOperator));
  const keyStore = { type: "pkcs11", module: softhsmModule, token: token.label };
  const config = yaml(keys, operators, plan("g1", { keyStore, crlShards: 2 }));
  const { folder, report } = await hold(config, operators.slice(0, 2), { openKeyStore: async () => store });
  expect(readdirSync(folder).filter((name) => name.endsWith(".key.pem"))).toEqual([]);
  expect(await store.list()).toEqual(expect.arrayContaining(["g1-issuing", "g1-root"]));
  for (const id of ["g1-root", "g1-issuing"])
    expect(await store.protection(id)).toMatchObject({ sensitive: true, extractable: false });
  const everything = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  expect(everything.join("")).not.toContain(userPin);
  expect(JSON.stringify(report)).not.toContain("PRIVATE KEY");

  const { active } = await openAuthorities({
    directory: directoryOf(keys),
    passphrase: "unused",
    development: false,
    openKeyStore: async () => store,
  });
  const made = makeTbs({
    authority: active,
    profile: profiles.basic,
    subjectPublicKey: p256Spki(),
    pseudonym: "0123456789abcdef",
    now: new Date(),
    urls,
  });
  const lint = await lintTbs(made.tbs, {
    issuer: active.issuer,
    issuingCertificate: active.issuing,
    profile: profiles.basic,
    urls,
  });
  if (!lint.ok) throw new Error(JSON.stringify(lint.findings));
  const certificate = await signTbs(active, lint.linted);
  const thisUpdate = new Date();
  const crl = await makeCrl(active, {
    number: 1n,
    thisUpdate,
    nextUpdate: new Date(thisUpdate.getTime() + 3_600_000),
    distributionPoint: `http://crl.example/g1/${made.crlShard}.crl`,
    entries: nobody(),
  });
  const at = (name: string, label: "CERTIFICATE" | "X509 CRL", der: Uint8Array) => {
    const path = join(keys, name);
    writeFileSync(path, pem(label, der));
    return path;
  };
  const verified = execFileSync("openssl", [
    "verify",
    "-x509_strict",
    "-crl_check",
    "-CAfile",
    at("root.pem", "CERTIFICATE", active.root),
    "-untrusted",
    at("issuing.pem", "CERTIFICATE", active.issuing),
    "-CRLfile",
    at("crl.pem", "X509 CRL", crl),
    at("certificate.pem", "CERTIFICATE", certificate),
  ]);
  expect(verified.toString()).toContain("certificate.pem: OK");
});
