import type { Authority } from "../../pki/ca/authority.ts";
import { makeCrl } from "../../pki/ca/crl.ts";
import { makeOcspResponse, type OcspAnswer } from "../../pki/ca/ocsp.ts";
import { certIdForms, makeCertId } from "../../pki/ca/ocsp-cert-id.ts";
import { attribute } from "../../pki/ca/profiles/attribute.ts";
import type { Profile } from "../../pki/ca/profiles/profile.ts";
import { revocationReasons } from "../../pki/ca/revocation.ts";
import { newSerial } from "../../pki/ca/serial.ts";
import { crlUrl } from "../../pki/ca/status-urls.ts";
import type { TbsInput } from "../../pki/ca/tbs.ts";
import type { RevocationReason } from "../../protocol/revocation.ts";
import { hanako, issue } from "../unit/ca/issuing.ts";
import { type Finding, lintWith, type PkilintTool } from "./pkilint.ts";

/** Everything this CA makes, one of each kind, with what pkilint is to be asked about it. */

export interface Judged {
  document: string;
  tool: PkilintTool;
  findings: Finding[];
}

type Document = [name: string, tool: PkilintTool, args: string[], der: Uint8Array | Uint8Array[]];

/** Of a domain that could be registered: pkilint takes `.example` for a name inside a house. */
const urls = {
  crlBase: "http://crl.ca.example.com",
  ocsp: "http://ocsp.ca.example.com/",
  caIssuersBase: "http://crl.ca.example.com",
};
const cps = "https://ca.example.com/cps";

const natural = ["-t", "NCP-NATURAL-PERSON-CERTIFICATE"];
/** Qualified, for electronic signatures, under a law that is not the EU's. */
const qualified: Profile = {
  ...attribute,
  furtherPolicies: ["0.4.0.2042.1.1"],
  qcStatements: [
    { statement: "QcCompliance" },
    { statement: "QcType", type: "esign" },
    { statement: "QcPDS", locations: [{ url: "https://ca.example/pds", language: "en" }] },
    { statement: "QcCClegislation", countries: ["JP"] },
  ],
};

/** Names and dates as cards have them. 髙 and 﨑 are in no JIS level: the card substitutes them, J-LIS may not. */
const people: Readonly<Record<string, Partial<typeof hanako>>> = {
  "two parts": {},
  "one part": { name: "マドンナ" },
  "many parts": { name: "ＳＭＩＴＨ　ＪＯＨＮ　ＰＡＵＬ" },
  long: { name: `${"寿限無".repeat(10)}　${"長久命".repeat(11)}` },
  "beyond the BMP": { name: "𠮷田　髙﨑" },
  substituted: { name: "タカハシ　〓花子" },
  "partial birth date": { dateOfBirth: "400000000", sex: "unknown" },
  "birth date of a century ago": { dateOfBirth: "219260229", sex: "male" },
};

const certificates = async (authority: Authority): Promise<Document[]> => {
  const subscriber = async (more: Partial<TbsInput>) =>
    (await issue(authority, { urls: { ...urls, cps }, ...more })).certificate;
  const subscribers: [string, Uint8Array][] = [
    ["basic", await subscriber({})],
    ["basic, no CPS", await subscriber({ urls })],
    ["qualified", await subscriber({ profile: qualified, attributes: hanako })],
  ];
  for (const [kind, more] of Object.entries(people)) {
    const attributes = { ...hanako, ...more };
    subscribers.push([`attribute, ${kind}`, await subscriber({ profile: attribute, attributes })]);
  }
  const { root, issuing, ocspSigner } = authority;
  return [
    ["root", "lint_pkix_cert", [], root],
    ["issuing CA", "lint_pkix_cert", [], issuing],
    ["OCSP signer", "lint_pkix_cert", [], ocspSigner],
    ["chain of the issuing CA", "lint_pkix_signer_signee_cert_chain", [], [root, issuing]],
    ["chain of the OCSP signer", "lint_pkix_signer_signee_cert_chain", [], [issuing, ocspSigner]],
    ...subscribers.flatMap(([name, der]): Document[] => [
      [name, "lint_pkix_cert", [], der],
      [`${name} (natural person)`, "lint_etsi_cert", natural, der],
      [`${name} (detected)`, "lint_etsi_cert", ["-d"], der],
      [`${name} (chain)`, "lint_pkix_signer_signee_cert_chain", [], [issuing, der]],
    ]),
  ];
};

const everyReason = () =>
  (Object.keys(revocationReasons) as RevocationReason[]).map((reason) => ({
    serial: newSerial(),
    revokedAt: new Date("2026-01-02T03:04:05Z"),
    reason,
  }));

const crls = async (authority: Authority): Promise<Document[]> => {
  const thisUpdate = new Date();
  const times = { thisUpdate, nextUpdate: new Date(thisUpdate.getTime() + 86_400_000) };
  const distributionPoint = crlUrl(urls.crlBase, authority.generation, 0);
  const empty = await makeCrl(authority, { ...times, number: 1n, entries: [], distributionPoint });
  const full = { ...times, number: 2n, entries: [everyReason()] };
  return [
    ["CRL, empty", "lint_crl", ["-t", "CRL", "-p", "PKIX"], empty],
    [
      "CRL, every reason",
      "lint_crl",
      ["-t", "CRL", "-p", "PKIX"],
      await makeCrl(authority, { ...full, distributionPoint }),
    ],
    ["CRL, whole issuer", "lint_crl", ["-t", "CRL", "-p", "PKIX"], await makeCrl(authority, full)],
  ];
};

const ocspResponses = async (authority: Authority): Promise<Document[]> => {
  const statuses: [string, OcspAnswer["status"]][] = [
    ["good", { status: "good" }],
    ["unknown", undefined],
    ...everyReason().map(({ revokedAt, reason }): [string, OcspAnswer["status"]] => [
      `revoked, ${reason}`,
      { status: "revoked", revokedAt, reason },
    ]),
  ];
  const made: Document[] = [];
  for (const [name, status] of statuses) {
    for (const form of certIdForms) {
      const answer = { certId: makeCertId(authority, form, newSerial()), status };
      for (const nonce of [undefined, new Uint8Array(32).fill(7)]) {
        const now = new Date();
        const der = await makeOcspResponse(authority, [answer], nonce ? { now, nonce } : { now });
        made.push([`OCSP ${name}, ${form}${nonce ? ", nonce" : ""}`, "lint_ocsp_response", [], der]);
      }
    }
  }
  return made;
};

/** What pkilint finds in every document of an authority. */
export async function judgeAll(authority: Authority): Promise<Judged[]> {
  const documents = [
    ...(await certificates(authority)),
    ...(await crls(authority)),
    ...(await ocspResponses(authority)),
  ];
  return Promise.all(
    documents.map(async ([document, tool, args, der]) => ({
      document,
      tool,
      findings: await lintWith(tool, args, der),
    })),
  );
}
