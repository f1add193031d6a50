import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { call } from "./jlis-client.ts";
import { openssl, opensslBytes } from "./openssl.ts";

let url: string;
let jlis: Awaited<ReturnType<typeof startJlis>>;
let authorities: string;
let authAuthorities: string;

const pem = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;

const taro = {
  name: "髙﨑　𠮷郎",
  address: "東京都港区芝浦〇丁目２番３号",
  dateOfBirth: "1985-07-03",
  sex: "female",
};

interface Certificate {
  kind: string;
  serial: string;
  der: string;
}

/** A resident's newest certificate of a kind. */
function newest(resident: { certificates: Certificate[] }, kind: string): Certificate {
  const found = resident.certificates.findLast((each) => each.kind === kind);
  if (!found) throw new Error(`No ${kind} certificate.`);
  return found;
}

beforeAll(async () => {
  jlis = await startJlis({});
  ({ url } = jlis);
  authorities = await (await fetch(`${url}/ca/sign.pem`)).text();
  authAuthorities = await (await fetch(`${url}/ca/auth.pem`)).text();
  for (const card of ["taro", "hanako", "jiro"]) {
    const name = card === "taro" ? taro : {};
    expect((await call(url, "POST", "/town-hall/residents", { card, ...name })).status).toBe(201);
  }
});

afterAll(() => jlis.close());

async function resident(card: string) {
  return (await call(url, "GET", `/town-hall/residents/${card}`)).body;
}

/** Asks OCSP through openssl, which verifies the answer under the CA. */
async function ocsp(certificate: string, ca: string, ...more: string[]) {
  const files = { "ca.pem": ca, "card.pem": certificate };
  const args = ["-issuer", "ca.pem", "-cert", "card.pem", "-CAfile", "ca.pem", "-url", `${url}/ocsp`];
  return openssl(files, "ocsp", ...more, ...args);
}

describe("j-lis before openssl", () => {
  test("ok/the sign certificate verifies and shows the profile", async () => {
    const certificate = pem(newest(await resident("taro"), "sign").der);
    const files = { "ca.pem": authorities, "card.pem": certificate };
    const policy = ["-policy", "1.2.392.200149.8.5.1.0.20", "-explicit_policy"];
    expect((await openssl(files, "verify", "-CAfile", "ca.pem", "card.pem")).text).toContain("card.pem: OK");
    const strict = await openssl(files, "verify", ...policy, "-CAfile", "ca.pem", "card.pem");
    expect(strict).toEqual({ code: 0, text: "card.pem: OK\n" });
    const { text } = await openssl(
      files,
      "x509",
      "-in",
      "card.pem",
      "-noout",
      "-text",
      "-nameopt",
      "RFC2253",
    );
    expect(text).toMatch(/Subject: CN=[0-9A-Z]{22},L=[^,]+,L=[^,]+,C=JP/);
    expect(text).toContain("O=JPKI-TEST,C=JP");
    expect(text).toMatch(/Key Usage: critical\n\s+Digital Signature, Non Repudiation/);
    expect(text).toMatch(/Certificate Policies: critical\n\s+Policy: 1\.2\.392\.200149\.8\.5\.1\.0\.20/);
    expect(text).toContain("X509v3 Issuer Alternative Name");
    expect(text).toMatch(/Full Name:\s+DirName:.*CRL Distribution Points.*CRLDP/);
    expect(text).toContain("X509v3 Authority Key Identifier");
    const otherNames = [...text.matchAll(/othername: 1\.2\.392\.200149\.8\.5\.5\.(\d)::([^,\n]*)/g)];
    expect(otherNames.map(([, arc, value]) => [arc, value])).toEqual([
      ["1", "髙﨑　吉郎"],
      ["4", "319850703"],
      ["3", "2"],
      ["5", "東京都港区芝浦〇丁目２番３号"],
      ["2", "00010"],
      ["6", "0".repeat(14)],
    ]);
  });

  test("ok/RFC 4055 §5: the AlgorithmIdentifier of an RSA signature has NULL, inside and outside what is signed", async () => {
    for (const certificate of [pem(newest(await resident("taro"), "sign").der), authorities]) {
      const { raw } = new X509Certificate(certificate);
      const { text } = await openssl({ "x.cer": raw }, "asn1parse", "-inform", "DER", "-in", "x.cer");
      expect(text.match(/:sha256WithRSAEncryption\n.*prim: NULL/g)).toHaveLength(2);
    }
  });

  test("ok/the CA is single-tier with the real one's extensions", async () => {
    const { text } = await openssl(
      { "ca.pem": authorities },
      "x509",
      "-in",
      "ca.pem",
      "-noout",
      "-text",
      "-nameopt",
      "sep_comma_plus",
    );
    expect(text).toContain(
      "Subject: C=JP,O=JPKI-TEST,OU=JPKI for digital signature,OU=Japan Agency for Local Authority Information Systems",
    );
    expect(text).toMatch(/Basic Constraints: critical\n\s+CA:TRUE/);
    expect(text).toMatch(/Key Usage: critical\n\s+Certificate Sign, CRL Sign/);
    expect(text).toContain("X509v3 Subject Key Identifier");
    expect(text).not.toContain("Authority Key Identifier");
  });

  test("ok/the auth certificate verifies under the auth CA and names no place", async () => {
    const certificate = pem(newest(await resident("taro"), "auth").der);
    const files = { "ca.pem": authAuthorities, "card.pem": certificate };
    expect((await openssl(files, "verify", "-CAfile", "ca.pem", "card.pem")).text).toContain("card.pem: OK");
    const { text } = await openssl(files, "x509", "-in", "card.pem", "-noout", "-text");
    expect(text).toContain("1.2.392.200149.8.5.1.0.30");
    expect(text).toMatch(/Key Usage: critical\n\s+Digital Signature\n/);
    expect(text).not.toMatch(/Subject:.*L ?=/);
    expect(
      (await openssl({ ...files, "ca.pem": authorities }, "verify", "-CAfile", "ca.pem", "card.pem")).code,
    ).not.toBe(0);
  });

  test("ok/CRL: signed by the CA, lists what was revoked, and -crl_check refuses it", async () => {
    const { body: before } = await call(url, "GET", "/town-hall/residents/hanako");
    const old = newest(before, "sign");
    const parts = (await call(url, "GET", "/crl")).body;
    const { prefecture, city } = before.register;
    const part = parts.find((each: { distributionPoint: string }) =>
      each.distributionPoint.endsWith(`OU=${prefecture}, CN=${city} CRLDP`),
    );
    const download = async () => new Uint8Array(await (await fetch(`${url}/crl/${part.part}`)).arrayBuffer());
    const first = await download();
    const check = async (crl: Uint8Array) =>
      openssl(
        { "ca.pem": authorities, "card.pem": pem(old.der), "part.crl": crl },
        "verify",
        "-crl_check",
        "-CRLfile",
        "part.crl",
        "-CAfile",
        "ca.pem",
        "card.pem",
      );
    expect((await check(first)).text).toContain("card.pem: OK");

    await call(url, "POST", "/town-hall/residents/hanako/move", { address: "長崎県長崎市五島町〇〇番地" });
    expect(await download()).toEqual(first); // a list of today does not change by itself
    await call(url, "POST", "/control/crl", {});
    const second = await download();
    const { text } = await openssl(
      { "ca.pem": authorities, "part.crl": second },
      "crl",
      "-in",
      "part.crl",
      "-noout",
      "-text",
      "-CAfile",
      "ca.pem",
      "-verify",
    );
    expect(text).toContain("verify OK");
    expect(text.toLowerCase()).toContain(`serial number: ${old.serial}`);
    expect(text).toContain("Affiliation Changed");
    expect(text).toContain("X509v3 CRL Number");
    expect(text).toMatch(/Issuing Distribution Point: critical/);
    expect((await check(second)).text).toContain("certificate revoked");

    await call(url, "POST", "/control/faults", { crl: { stale: true, times: 1 } });
    const yesterday = await openssl(
      { "part.crl": await download() },
      "crl",
      "-in",
      "part.crl",
      "-noout",
      "-text",
    );
    expect(yesterday.text).toContain("No Revoked Certificates");
  });

  test("ok/OCSP: good with nonce, then held, by SHA-1 and SHA-256", async () => {
    const certificate = pem(newest(await resident("jiro"), "sign").der);
    for (const hash of ["-sha1", "-sha256"]) {
      const { text } = await ocsp(certificate, authorities, hash);
      expect(text).toContain("Response verify OK");
      expect(text).toContain("card.pem: good");
      expect(text).not.toContain("no nonce");
    }
    await call(url, "POST", "/town-hall/residents/jiro/hold");
    const { text } = await ocsp(certificate, authorities);
    expect(text).toContain("Response verify OK");
    expect(text).toContain("card.pem: revoked");
    expect(text).toContain("Reason: certificateHold");
    const auth = pem(newest(await resident("jiro"), "auth").der);
    expect((await ocsp(auth, authAuthorities)).text).toContain("card.pem: good");
  });

  test("ok/OCSP by GET, and every call is billed", async () => {
    const certificate = pem(newest(await resident("taro"), "sign").der);
    const before = (await call(url, "GET", "/control/billing")).body.ocsp;
    const folder = { "ca.pem": authorities, "card.pem": certificate };
    const make = ["-issuer", "ca.pem", "-cert", "card.pem", "-no_nonce", "-reqout", "-"];
    const request = await opensslBytes(folder, "ocsp", ...make);
    const response = await fetch(`${url}/ocsp/${encodeURIComponent(request.toString("base64"))}`);
    expect(response.headers.get("content-type")).toBe("application/ocsp-response");
    const answer = new Uint8Array(await response.arrayBuffer());
    const { text } = await openssl(
      { ...folder, "answer.der": answer },
      "ocsp",
      "-respin",
      "answer.der",
      "-issuer",
      "ca.pem",
      "-cert",
      "card.pem",
      "-CAfile",
      "ca.pem",
      "-no_nonce",
    );
    expect(text).toContain("card.pem: good");
    expect((await call(url, "GET", "/control/billing")).body.ocsp).toBe(before + 1);
  });

  test("fail/OCSP: what was not issued is unknown, rubbish is malformed", async () => {
    await call(url, "POST", "/control/cards", { card: "forged", variant: "same-name-ca-real-key-id" });
    const { body } = await call(url, "POST", "/control/cards", {
      card: "forged2",
      variant: "same-name-ca-real-key-id",
    });
    expect((await ocsp(pem(body.signCertificate), authorities)).text).toContain("card.pem: unknown");
    const response = await fetch(`${url}/ocsp`, {
      method: "POST",
      headers: { "content-type": "application/ocsp-request" },
      body: new Uint8Array([1, 2, 3]),
    });
    expect(Buffer.from(await response.arrayBuffer()).toString("hex")).toBe("30030a0101");
  });

  test.each([
    ["good", 0, "OK"],
    ["expired", 2, "certificate has expired"],
    ["not-yet-valid", 2, "certificate is not yet valid"],
    ["same-name-ca", 2, "unable to get local issuer certificate"],
    ["same-name-ca-real-key-id", 2, "certificate signature failure"],
    ["other-name-ca", 2, "unable to get local issuer certificate"],
    ["auth-as-sign", 2, "unable to get local issuer certificate"],
    ["issued-by-card", 2, "unable to get local issuer certificate"],
  ])("ok/openssl judges a card that is %s as expected", async (variant, code, said) => {
    const { body, status } = await call(url, "POST", "/control/cards", {
      card: `minted-${variant}`,
      variant,
    });
    expect(status).toBe(201);
    const files = { "ca.pem": authorities, "card.pem": pem(body.signCertificate) };
    const verdict = await openssl(files, "verify", "-CAfile", "ca.pem", "card.pem");
    expect(verdict.text).toContain(said);
    expect(verdict.code).toBe(code);
  });

  test.each([
    ["key-usage-missing", /Key Usage/],
    ["policy-missing", /Certificate Policies/],
    ["wrong-policy", /8\.5\.1\.0\.20/],
  ])("ok/a card that is %s lacks just that", async (variant, lacking) => {
    const { body } = await call(url, "POST", "/control/cards", { card: `minted-${variant}`, variant });
    const files = { "ca.pem": authorities, "card.pem": pem(body.signCertificate) };
    expect((await openssl(files, "verify", "-CAfile", "ca.pem", "card.pem")).code).toBe(0);
    const { text } = await openssl(files, "x509", "-in", "card.pem", "-noout", "-text");
    expect(text).not.toMatch(lacking);
    expect(text).toContain("X509v3 Subject Alternative Name");
  });
});
