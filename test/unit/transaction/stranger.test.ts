import { randomUUID, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CertificateChoices } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { askTimeStamp } from "../../../activities/delivery/time-stamp.ts";
import { checkSignature } from "../../../client/relying-party/cms-signature.ts";
import { verifySignedTransaction } from "../../../client/relying-party/signed-transaction.ts";
import { verifyTimeStamp } from "../../../client/relying-party/time-stamp.ts";
import { timeStamped } from "../../../domain/transaction/time-stamp.ts";
import { attributeTypes } from "../../../pki/cms/attribute-types.ts";
import { startTimeStamps, type TimeStampSimulator } from "../../../simulators/tsa/server.ts";
import { type Certified, makeIssuing, makePhone, makeRoot } from "./authority.ts";
import { aContent, changed, signedBy } from "./signed.ts";

/** The certificate that counts is the signer's, whatever else lies in the message. */

const outcome = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "accepted",
    (error: Error & { code?: string }) => error.code ?? error.name,
  );

describe("a transaction signed by a stranger, the CA's genuine certificates beside the stranger's", () => {
  const subject = `pseudonym-${randomUUID()}`;
  const content = aContent();
  let root: Certified;
  let issuing: Certified;
  let customer: Certified;
  beforeAll(async () => {
    root = await makeRoot();
    issuing = await makeIssuing(root);
    customer = await makePhone(subject, issuing);
  });

  const strangers: [string, () => Promise<Certified>][] = [
    ["a certificate of the stranger's own making", () => makePhone(subject)],
    ["one of another CA", async () => makePhone(subject, await makeRoot())],
    [
      "one that says to be of the issuing CA",
      async () => {
        const keys = (await makeRoot()).keys;
        return makePhone(subject, { ...issuing, keys });
      },
    ],
  ];

  test.each(strangers)("fail/%s, in any order", async (_what, make) => {
    const stranger = await make();
    const beside = [customer.der, issuing.der, root.der];
    for (const chain of [beside, beside.toReversed(), [customer.der], [customer.der, issuing.der]]) {
      const expected = { roots: [root.der], intermediates: [issuing.der], party: "abc-bank", subject };
      const cms = await signedBy(stranger, content, chain);
      expect(await outcome(verifySignedTransaction(cms, expected))).toBe("UNTRUSTED_CERTIFICATE");
      // As certificates of a SET OF that are sorted: the signer's is not the first, nor the last.
      const turned = changed(cms, ({ certificates }) => void certificates!.push(certificates!.shift()!));
      expect(await outcome(verifySignedTransaction(turned, expected))).toBe("UNTRUSTED_CERTIFICATE");
    }
  });

  test("ok/the customer's own signature, with the stranger's certificate beside it", async () => {
    const stranger = await makePhone(subject);
    const cms = await signedBy(customer, content, [stranger.der, issuing.der]);
    const expected = { roots: [root.der], party: "abc-bank", subject };
    const { certificate } = await verifySignedTransaction(cms, expected);
    expect(Buffer.from(certificate).equals(customer.der)).toBe(true);
  });
});

describe("a time-stamp by a stranger, the authority's genuine certificate beside the stranger's", () => {
  let directories: string[];
  let genuine: TimeStampSimulator;
  let stranger: TimeStampSimulator;
  beforeAll(async () => {
    directories = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), "kazasu-tsa-"))));
    [genuine, stranger] = (await Promise.all(directories.map(startTimeStamps))) as [
      TimeStampSimulator,
      TimeStampSimulator,
    ];
  });
  afterAll(async () => {
    await Promise.all([genuine?.close(), stranger?.close()]);
    await Promise.all(directories.map((each) => rm(each, { recursive: true, force: true })));
  });

  test("fail/the certificate that signed counts, in any order", async () => {
    const root = await makeRoot();
    const cms = await signedBy(await makePhone("someone", root), aContent());
    const outbound = makeOutbound({ allow: ({ hostname }) => hostname === "127.0.0.1" });
    const stamped = await timeStamped(cms, {
      ask: (request) => askTimeStamp(outbound, stranger.url, request),
      roots: [new Uint8Array(new X509Certificate(stranger.roots).raw)],
    });
    const { signature, unsigned } = await checkSignature(stamped.cms, "1.2.840.113549.1.7.1");
    const [token] = unsigned(attributeTypes.timeStampToken);
    const trusted = new X509Certificate(genuine.roots).raw;
    const theirs = new X509Certificate(await readFile(join(directories[0]!, "tsa.pem"))).raw;
    const rules = { data: signature, roots: [new Uint8Array(trusted)] };
    for (const beside of [[theirs], [theirs, trusted], [trusted, theirs]])
      for (const before of [false, true]) {
        const mixed = changed(token!, ({ certificates }) => {
          const more = beside.map((der) => AsnConvert.parse(der, Certificate));
          const choices = more.map((certificate) => new CertificateChoices({ certificate }));
          certificates![before ? "unshift" : "push"](...choices);
        });
        expect(await outcome(verifyTimeStamp(mixed, rules))).toBe("TimeStampInvalid");
      }
  });
});
