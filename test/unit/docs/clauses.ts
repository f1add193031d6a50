/** A clause that somebody holds a CA to, and what this software has to show for it. */
export interface Clause {
  clause: string;
  /** What it asks, in a few words of ours. */
  asks: string;
  /** Tests (file, title) that show it; or why there is none: `gap` is ours to close, `outside` is the operator's. */
  by: [file: string, title: string][] | { gap: string } | { outside: string };
}

const law: Clause[] = [
  {
    clause: "電子署名法施行規則 5条1項（利用者の真偽の確認）",
    asks: "the person is proven before anything is issued; an application signed with the card is such a proof (recalled)",
    by: [
      ["integration/one-tap.test.ts", "ok/one tap each, both certificates good to OpenSSL by OCSP and CRL"],
      ["integration/setting.test.ts", "fail/a simulated card is refused"],
    ],
  },
  {
    clause: "電子署名法施行規則 6条（利用者識別符号）",
    asks: "where the key is the user's own, it arrives under a one-time code that nobody can guess and nobody else can read",
    by: [
      [
        "integration/refusals-activation.test.ts",
        "fail/wrong three times ends the application; the right code comes too late",
      ],
      [
        "integration/histories.test.ts",
        "ok/decrypted they hold no name, address, date of birth, PIN, code, serial, key or challenge",
      ],
    ],
  },
  {
    clause: "電子署名法施行規則 6条4号",
    asks: "a certificate is valid for five years at most",
    by: [
      [
        "unit/ca/certificate.test.ts",
        "ok/ five years to the second at most, shorter when asked, never beyond the issuer",
      ],
    ],
  },
  {
    clause: "電子署名法施行規則 6条（電子証明書の記載事項）",
    asks: "what a certificate says: issuer, serial, times, the user's key; the name, where the reading that it must be there holds (recalled)",
    by: [["integration/certificate.test.ts", "ok/holds name and pseudonym; OpenSSL verifies it"]],
  },
  {
    clause: "電子署名法施行規則 6条（失効）",
    asks: "revoked without delay on the user's request, or when what it says is wrong; recorded; the user is notified",
    by: [
      [
        "integration/certificate.test.ts",
        "ok/revoked by the person: OCSP and CRL say so within a minute, for good",
      ],
      [
        "unit/certificate/changed-attributes.test.ts",
        "ok/a name changes (a move alone does not count): the person is asked, and within a day it is revoked",
      ],
      [
        "unit/certificate/revoking.test.ts",
        "ok/by key: the certificate is revoked, the key blocked, the enrolment ended, and person and party are to be notified",
      ],
    ],
  },
  {
    clause: "電子署名法施行規則 12条（帳簿の保存）",
    asks: "books are kept ten years after a certificate's end (recalled), and what is destroyed then is on record",
    by: [["unit/retention/purge.test.ts", "ok/"]],
  },
  {
    clause: "電子署名法施行規則 4条（設備の基準）",
    asks: "rooms, doors, cameras, guards, and the network around them",
    by: { outside: "buildings and networks are the operator's" },
  },
  {
    clause: "電子署名法指針（発行者署名符号の管理）",
    asks: "the CA's key is made and used under the control of several people, in a device made for it",
    by: [
      ["unit/ca/ceremony-hold.test.ts", "ok/"],
      ["judges/softhsm.test.ts", "ok/"],
    ],
  },
  {
    clause: "電子署名法指針（HSM の等級）",
    asks: "a device of FIPS 140 level 3 class",
    by: { outside: "the tests use SoftHSM behind the same PKCS#11 interface; the device is the operator's" },
  },
  {
    clause: "公的個人認証法 17条、18条",
    asks: "only an accredited verifier asks J-LIS, and checks validity each time",
    by: [
      [
        "integration/kill-9.test.ts",
        "fail/J-LIS is down: TRY_AGAIN within the answer time, no certificate; later the same tap is accepted",
      ],
    ],
  },
  {
    clause: "公的個人認証法 52条",
    asks: "what J-LIS says of a revocation, and linked serials, go to nobody",
    by: [
      [
        "integration/move.test.ts",
        "fail/nothing of 公的個人認証法 §52 and no attribute is in an event, an audit line or a workflow id",
      ],
      [
        "integration/card-questions.test.ts",
        "bad/an old CMS of another person's card: one refusal, whether that card is good, lost or its holder dead, and J-LIS is not asked",
      ],
    ],
  },
  {
    clause: "公的個人認証法 52条（失効情報を契機とする照会）",
    asks: "whether an entry of the CRL may be the reason to ask for the latest attributes",
    by: { gap: "a reading that wants confirming; the consent's text names it" },
  },
  {
    clause: "犯罪収益移転防止法 6条（確認記録）",
    asks: "evidence of the proof of identity is kept seven years",
    by: [["unit/retention/purge.test.ts", "ok/"]],
  },
];

const etsi: Clause[] = [
  {
    clause: "EN 319 411-1 REV-6.2.4",
    asks: "a request for revocation is acted on within 24 hours, status follows within 60 minutes",
    by: [
      [
        "integration/certificate.test.ts",
        "ok/revoked by the person: OCSP and CRL say so within a minute, for good",
      ],
      ["unit/status/true-times.test.ts", "ok/ in a window: good until its moment, then revoked in both"],
    ],
  },
  {
    clause: "EN 319 411-1 REV-6.2.4 (who may ask)",
    asks: "requests are authenticated; a revoked certificate is never reinstated",
    by: [
      ["unit/certificate/revoked-by-person.test.ts", "fail/a request for another person's enrolment"],
      ["unit/certificate/operation-approvals.test.ts", "to take a revocation back"],
    ],
  },
  {
    clause: "EN 319 411-1 CSS-6.3.9, CSS-6.3.10",
    asks: "status by CRL or OCSP around the clock; CRLs at least daily, the next before nextUpdate",
    by: [["integration/kill-9.test.ts", "ok/OCSP and CRL answer while the worker and the gateway are dead"]],
  },
  {
    clause: "EN 319 411-1 GEN-6.3.7",
    asks: "renewal is announced, and proven as an issue is",
    by: [
      ["workflow/certificate.test.ts", "ok/five years: the person is notified 90, 30 and 7 days ahead"],
      [
        "integration/certificate.test.ts",
        "ok/renewed by one tap on the same phone: the new one first, bindings carry over",
      ],
    ],
  },
  {
    clause: "EN 319 411-1 OVR-6.4.5, OVR-6.4.6",
    asks: "what the CA does is logged so that it cannot be changed unseen, and archived",
    by: [["unit/audit/verify.test.ts", "fail/"]],
  },
  {
    clause: "EN 319 411-1 OVR-6.4.9",
    asks: "a compromised CA key: everybody is notified, certificates are revoked",
    by: [
      [
        "unit/certificate/campaigns.test.ts",
        "ok/a whole generation is revoked, batch by batch, at the pace approved, and reported",
      ],
    ],
  },
  {
    clause: "EN 319 411-1 OVR-6.4.9 (issuing CA)",
    asks: "the root revokes an issuing CA whose key is compromised",
    by: [
      [
        "unit/ca/revoked-ca.test.ts",
        "ok/approved by name, serial and reason; from then on it is revoked, listed for ever, and another generation issues",
      ],
      [
        "unit/transaction/status.test.ts",
        "fail/the certificate is revoked as of then, whatever the CA says of it itself",
      ],
    ],
  },
  {
    clause: "EN 319 411-1 GEN-6.5.1",
    asks: "the CA's keys are made by a documented ceremony under dual control, with a report",
    by: [["unit/ca/ceremony-hold.test.ts", "ok/"]],
  },
  {
    clause: "EN 319 411-1 GEN-6.5.1 (change of key)",
    asks: "a new generation in time, and a path from the old to the new",
    by: [["unit/ca/ceremony-rollover.test.ts", "ok/"]],
  },
  {
    clause: "EN 319 411-1 GEN-6.6.1",
    asks: "certificates after RFC 5280 and EN 319 412-2",
    by: [["judges/pkilint.test.ts", "ok/"]],
  },
  {
    clause: "EN 319 411-1 OVR-6.8, OVR-6.4.4",
    asks: "insurance, staff, termination plan",
    by: { outside: "an organisation's, not a program's" },
  },
];

const rfc: Clause[] = [
  {
    clause: "RFC 5280 §4.1.2.2",
    asks: "serials are positive, unique, at most 20 octets; here 158 bits of them random",
    by: [
      ["unit/ca/certificate.test.ts", "ok/ serials are 20 octets, positive, below 2^159 and do not repeat"],
    ],
  },
  {
    clause: "RFC 5280 §5.2.3, §5.2.5",
    asks: "CRL numbers rise; a list says which certificates it is about",
    by: [
      ["unit/status/crl-listener.test.ts", "ok/"],
      [
        "unit/status/status-registry.test.ts",
        "ok/ after a restore from a backup the next numbers are higher",
      ],
    ],
  },
  {
    clause: "RFC 5280 §5.1.2.4 to §5.1.2.6, RFC 6960 §4.2.2.1",
    asks: "dates are true, and within those of the signer, its CA and the certificate",
    by: [
      ["unit/status/true-times.test.ts", "ok/"],
      ["unit/ca/crl.test.ts", "ok/ its times stay within its CA's"],
    ],
  },
  {
    clause: "RFC 6960 §2.2, §4.2",
    asks: "good, revoked, unknown; good never for what was not issued; a delegated responder",
    by: [["unit/status/ocsp-listener.test.ts", "ok/"]],
  },
  {
    clause: "RFC 5019, RFC 9654",
    asks: "answers signed ahead and cached; nonces of 1 to 128 octets",
    by: [["unit/status/ocsp-listener.test.ts", "ok/"]],
  },
  {
    clause: "RFC 8555 §7.6",
    asks: "who holds a private key can have its certificate revoked",
    by: [
      [
        "unit/certificate/revoked-by-key-holder.test.ts",
        "ok/every certificate of the key is revoked, and the key is blocked for good",
      ],
    ],
  },
  {
    clause: "RFC 5280 §3.3, write-ahead issuance",
    asks: "no certificate that the CA does not know of, whatever fails",
    by: [
      ["integration/kill-9-while-signing.test.ts", "ok/Postgres fails at the final insert only"],
      ["integration/kill-9-while-signing.test.ts", "ok/revoked by its key between signature and storing"],
    ],
  },
  {
    clause: "RFC 6962 (Certificate Transparency)",
    asks: "certificates are logged in public",
    by: { outside: "no browser relies on these, and pseudonyms in public logs would serve nobody" },
  },
  {
    clause: "Erasure of one person's data",
    asks: "what is sealed of one person can be made unreadable by itself",
    by: { gap: "keys at rest are the deployment's, not each person's" },
  },
];

export const clauses = { law, etsi, rfc };
