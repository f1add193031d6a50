import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BasicOCSPResponse, OCSPResponse } from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Certificate, CertificateList, type Extension, id_ce_cRLNumber } from "@peculiar/asn1-x509";
import { readIssuer } from "../../pki/ca/authority.ts";
import { makeCaCertificate } from "../../pki/ca/ca-certificate.ts";
import { makeCrl } from "../../pki/ca/crl.ts";
import { encodeDer } from "../../pki/ca/der.ts";
import { makeOcspResponse } from "../../pki/ca/ocsp.ts";
import { makeCertId } from "../../pki/ca/ocsp-cert-id.ts";
import { wholeSeconds } from "../../pki/ca/time.ts";
import { ensureAuthority } from "../unit/ca/development-authority.ts";
import { issue } from "../unit/ca/issuing.ts";
import { scratchDirectory } from "../unit/ca/openssl.ts";
import { authorityOf } from "./authority-of.ts";
import { type Judged, judgeAll } from "./documents.ts";
import { lintWith } from "./pkilint.ts";
import { type Accepted, accepted } from "./pkilint-accepted.ts";

const judged = ["FATAL", "ERROR", "WARNING"];

const isMeant = (one: Accepted, { document, tool }: Judged): boolean =>
  one.tool === tool && document.startsWith(one.documents);

let scratch: ReturnType<typeof scratchDirectory>;

beforeAll(() => {
  scratch = scratchDirectory();
});
afterAll(() => scratch.remove());

describe.each([
  [
    "the development CA",
    () => ensureAuthority({ directory: join(scratch.path, "development"), passphrase: "x" }),
  ],
  ["a CA of P-384", () => authorityOf(join(scratch.path, "p384"), "P-384")],
  ["a CA of RSA-3072", () => authorityOf(join(scratch.path, "rsa"), "RSA-3072")],
] as const)("pkilint on %s", (_, make) => {
  let all: Judged[];
  beforeAll(async () => {
    all = await judgeAll(await make());
  }, 300_000);

  test("ok/ it finds nothing from WARNING up that is not accepted, with its reason", () => {
    const found = all.flatMap((document) =>
      document.findings
        .filter(({ severity }) => judged.includes(severity))
        .filter(({ code }) => !accepted.some((one) => one.code === code && isMeant(one, document)))
        .map(
          ({ severity, code, node, message }) =>
            `${document.document}: ${severity} ${code} ${node} ${message}`,
        ),
    );
    expect(found).toEqual([]);
  });

  test("ok/ what is accepted is still found wherever it is accepted", () => {
    const gone = accepted.flatMap((one) => {
      const meant = all.filter((document) => isMeant(one, document));
      if (meant.length === 0) return [`${one.code}: no document`];
      return meant
        .filter(({ findings }) => !findings.some(({ code }) => code === one.code))
        .map(({ document }) => `${one.code}: not in ${document}`);
    });
    expect(gone).toEqual([]);
  });
});

describe("pkilint on a rollover", () => {
  test("ok/ a root's CRL, and its key certified by the next root", async () => {
    const [old, next] = [
      await authorityOf(join(scratch.path, "old"), "P-384"),
      await authorityOf(join(scratch.path, "next"), "RSA-2048"),
    ];
    const now = wholeSeconds(new Date());
    const oldRoot = readIssuer(old.root);
    const cross = await makeCaCertificate({
      role: "cross",
      name: oldRoot.name,
      publicKey: await old.keyStore.publicKey("root"),
      validity: { notBefore: now, notAfter: oldRoot.notAfter },
      signer: { keyStore: next.keyStore, keyId: "root" },
      issuer: next.root,
      addresses: { crl: "http://crl.ca.example.com/g2/root.crl" },
    });
    const crl = await makeCrl(
      { keyStore: old.keyStore, issuer: oldRoot, issuingKeyId: "root" },
      { number: 1n, thisUpdate: now, nextUpdate: oldRoot.notAfter, entries: [] },
    );
    const findings = await Promise.all([
      lintWith("lint_pkix_cert", [], cross),
      lintWith("lint_pkix_signer_signee_cert_chain", [], [next.root, cross]),
      lintWith("lint_pkix_signer_signee_cert_chain", [], [cross, old.issuing]),
      lintWith("lint_crl", ["-t", "ARL", "-p", "PKIX"], crl),
    ]);
    expect(findings.flat().filter(({ severity }) => judged.includes(severity))).toEqual([]);
  }, 120_000);
});

describe("pkilint itself", () => {
  test("fail/ each of its tools reports a fault", async () => {
    const authority = await ensureAuthority({ directory: join(scratch.path, "ours"), passphrase: "x" });
    const foreign = await ensureAuthority({ directory: join(scratch.path, "foreign"), passphrase: "x" });
    const { certificate, serial } = await issue(authority);
    const now = new Date();
    const crl = await makeCrl(authority, {
      number: 1n,
      thisUpdate: now,
      nextUpdate: new Date(now.getTime() + 1_000),
      entries: [],
    });
    const answer = { certId: makeCertId(authority, "sha1", serial), status: undefined };
    const ocsp = await makeOcspResponse(authority, [answer], { now });

    const wrong = AsnConvert.parse(certificate, Certificate);
    setCritical(wrong.tbsCertificate.extensions ?? []);
    const list = AsnConvert.parse(crl, CertificateList);
    list.tbsCertList.crlExtensions = (list.tbsCertList.crlExtensions ?? []).filter(
      ({ extnID }) => extnID !== id_ce_cRLNumber,
    );
    const response = AsnConvert.parse(ocsp, OCSPResponse);
    const basic = AsnConvert.parse(response.responseBytes!.response, BasicOCSPResponse);
    basic.tbsResponseData.responses[0]!.nextUpdate = wholeSeconds(new Date(now.getTime() - 86_400_000));
    response.responseBytes!.response = new OctetString(encodeDer(basic));

    const codes = async (...call: Parameters<typeof lintWith>) =>
      (await lintWith(...call)).map(({ code }) => code);
    const reported = await Promise.all([
      codes("lint_pkix_cert", [], encodeDer(wrong)),
      codes("lint_etsi_cert", ["-d"], encodeDer(wrong)),
      codes("lint_pkix_signer_signee_cert_chain", [], [foreign.issuing, certificate]),
      codes("lint_crl", ["-t", "CRL", "-p", "PKIX"], encodeDer(list)),
      codes("lint_ocsp_response", [], encodeDer(response)),
    ]);
    const expected = [
      "pkix.certificate_skid_extension_critical",
      "etsi.en_319_412_2.gen-4.3.3-1.critical_certificate_policies_extension",
      "pkix.issuer_and_subject_key_identifier_not_equal",
      "pkix.crl_number_missing",
      "pkix.ocsp_negative_validity_period",
    ];
    expect(reported).toEqual(expected.map((code) => expect.arrayContaining([code])));
  });

  test("fail/ an input that is not a certificate is reported", async () => {
    await expect(lintWith("lint_pkix_cert", [], Buffer.of(5, 0))).rejects.toThrow("made no report");
  });

  test("fail/ without it, the suite says how to get it", async () => {
    const before = process.env.KAZASU_PKILINT;
    process.env.KAZASU_PKILINT = scratch.path;
    await expect(lintWith("lint_pkix_cert", [], Buffer.of(5, 0))).rejects.toThrow("pkilint is not here");
    process.env.KAZASU_PKILINT = before;
  });
});

/** Of the extensions that must not be. */
function setCritical(extensions: readonly Extension[]): void {
  for (const extension of extensions) extension.critical = true;
}
