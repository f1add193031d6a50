import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "@jest/globals";
import { KeyUsagesExtension } from "@peculiar/x509";
import {
  anySubject,
  type TransactionExpectation,
  verifySignedTransaction,
} from "../../../client/relying-party/signed-transaction.ts";
import { certify, makePhone, signingUsage, subjectOf } from "./authority.ts";
import { makeSigned, type Signed, signedBy } from "./signed.ts";

/** Whose signature is taken. */

let made: Signed;
beforeAll(async () => {
  made = await makeSigned();
});

const outcome = (cms: Uint8Array, subject: unknown): Promise<string> =>
  verifySignedTransaction(cms, { ...made.expected, subject } as TransactionExpectation).then(
    ({ subject: found }) => found,
    (error: Error & { code?: string }) => error.code ?? error.name,
  );

test("fail/another customer of the same CA", async () => {
  const { subject } = made.expected;
  const other = `pseudonym-${randomUUID()}`;
  const theirs = await signedBy(await makePhone(other, made.issuing), made.content);
  expect(await outcome(theirs, subject)).toBe("OTHER_SUBJECT");
  expect(await outcome(theirs, other)).toBe(other);
  expect(await outcome(made.cms, other)).toBe("OTHER_SUBJECT");
  expect(await outcome(made.cms, `${String(subject)} `)).toBe("OTHER_SUBJECT");
});

test("ok/any subject, where the caller allows it; the result says who", async () => {
  expect(await outcome(made.cms, anySubject)).toBe(made.expected.subject);
});

test.each([undefined, null, "", 1, {}])("fail/a caller that says nothing: %p", async (subject) => {
  expect(await outcome(made.cms, subject)).toBe("TypeError");
});

test("fail/a certificate that names nobody, or two", async () => {
  const extensions = [new KeyUsagesExtension(signingUsage, true)];
  const [one, two] = ["a", "b"].map((pseudonym) => subjectOf(pseudonym).at(-1)!);
  for (const subject of [[{ CN: ["a"] }], [one!, two!]]) {
    const phone = await certify({ subject, extensions }, made.issuing);
    for (const expected of ["a", "b", anySubject])
      expect(await outcome(await signedBy(phone, made.content), expected)).toBe("UNTRUSTED_CERTIFICATE");
  }
});
