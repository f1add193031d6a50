import { describe, expect, test } from "@jest/globals";
import { X509Certificate } from "@peculiar/x509";
import { activate } from "../../client/app/one-tap.ts";
import { opensslOn } from "./openssl.ts";
import { Phone } from "./phone.ts";
import { expectRefusal, post } from "./refusal.ts";
import { appliedTrace, rows, traceAtEnd } from "./stack.ts";

interface EnrolmentRow {
  person_id: string;
  pseudonym: string;
  spki_sha256: string;
  state: string;
  binding: string | null;
}
const enrolment = async (id: string): Promise<EnrolmentRow> =>
  (await rows<EnrolmentRow>("select * from enrolments where id = $1", [id]))[0]!;

const counters = async ({ card }: Phone) => {
  const { activations, signatures } = await card.counters();
  return { activations, signatures };
};

describe("two parties on one phone", () => {
  test("ok/one tap each, both certificates good to OpenSSL by OCSP and CRL", async () => {
    const phone = await Phone.new();
    const atBank = await phone.enrolled({ binding: "customer-1" });
    expect(await counters(phone)).toEqual({ activations: 1, signatures: 2 });
    const again = await Phone.holding(phone.card);
    const atClinic = await again.enrolled({ party: "midori-clinic", agree: ["terms"] });
    expect(await counters(phone)).toEqual({ activations: 2, signatures: 3 });

    expect(await opensslOn(atBank)).toEqual({ ocsp: "good", crl: "good" });
    expect(await opensslOn(atClinic)).toEqual({ ocsp: "good", crl: "good" });
    expect(await traceAtEnd(atBank.enrolmentId)).toEqual({
      ...appliedTrace,
      activations: 1,
      intents: 1,
      certificates: 1,
      audit: 3,
      lifecycle: "COMPLETED",
    });
  });

  test("fail/the same key at another party, or again at the same one, is refused", async () => {
    const phone = await Phone.new();
    const { enrolmentId } = await phone.enrolled();
    for (const party of ["midori-clinic", "abc-bank"]) {
      const begun = await phone.begin({ party, key: phone.key });
      const { envelope } = await phone.tapped(begun, { party });
      expectRefusal(await post("/v1/applications", envelope), "DEVICE_KEY_REUSED", 409);
      expect(await rows("select 1 from enrolments where id = $1", [begun.claims.enrolmentId])).toEqual([]);
    }
    expect((await enrolment(enrolmentId)).state).toBe("active");
  });

  test("ok/the CA knows one person; the parties see no common value", async () => {
    const phone = await Phone.new();
    const atBank = await phone.enrolled();
    const atClinic = await (await Phone.holding(phone.card)).enrolled({ party: "midori-clinic" });
    const [bank, clinic] = [await enrolment(atBank.enrolmentId), await enrolment(atClinic.enrolmentId)];
    expect(bank.person_id).toBe(clinic.person_id);
    expect(bank.pseudonym).not.toBe(clinic.pseudonym);

    const [one, other] = [new X509Certificate(atBank.certificate), new X509Certificate(atClinic.certificate)];
    expect(one.serialNumber).not.toBe(other.serialNumber);
    expect(one.subject).not.toBe(other.subject);
    expect(Buffer.from(one.publicKey.rawData)).not.toEqual(Buffer.from(other.publicKey.rawData));
    const subjectKeyIdentifier = "2.5.29.14";
    const crlDistributionPoints = "2.5.29.31";
    for (const { type, rawData } of one.extensions) {
      // Which of the CRLs would list it follows from the random serial.
      if (type === crlDistributionPoints) continue;
      const same = Buffer.from(rawData).equals(Buffer.from(other.getExtension(type)!.rawData));
      expect({ type, same }).toEqual({ type, same: type !== subjectKeyIdentifier });
    }
    // What all certificates share names the CA, never the person.
    const shown = `${Buffer.from(atBank.certificate).toString("latin1")}${atBank.subject}`;
    for (const inside of [bank.person_id, atBank.enrolmentId]) {
      expect(shown).not.toContain(inside);
      expect(shown).not.toContain(inside.replaceAll("-", ""));
    }
  });

  test("ok/the subject is the pairwise pseudonym, and no attribute of the person is in the certificate", async () => {
    const phone = await Phone.new();
    const { certificate, subject, enrolmentId } = await phone.enrolled();
    const { pseudonym } = await enrolment(enrolmentId);
    expect(subject).toContain(pseudonym);
    const { register } = await phone.resident();
    const text = Buffer.from(certificate).toString("utf8");
    for (const part of register.name.split("　")) expect(text).not.toContain(part);
    expect(text).not.toContain(register.address.slice(0, 6));
  });
});

test("ok/the same activation again, after all is over, gives the same bytes", async () => {
  const phone = await Phone.new();
  const applied = await phone.applied();
  const first = await activate(applied);
  const second = await activate(applied);
  expect(Buffer.from(second.certificate).equals(first.certificate)).toBe(true);
  const certificates = await rows("select der from certificates where enrolment_id = $1", [
    first.enrolmentId,
  ]);
  expect(certificates).toEqual([{ der: Buffer.from(first.certificate) }]);
});

test("ok/a consent declined is kept as declined, beside the terms agreed", async () => {
  const phone = await Phone.new();
  const { enrolmentId } = await phone.enrolled({ agree: ["terms"] });
  const consents = await rows(
    "select purpose, agreed, attributes from decisions where enrolment_id = $1 order by purpose",
    [enrolmentId],
  );
  expect(consents).toEqual([
    { purpose: "disclosure", agreed: false, attributes: ["name", "address", "dateOfBirth", "sex"] },
    { purpose: "register-refresh", agreed: false, attributes: ["name", "address", "dateOfBirth", "sex"] },
    { purpose: "terms", agreed: true, attributes: [] },
  ]);
});

test("ok/a problem speaks the language asked for", async () => {
  const inJapanese = await post("/v1/applications", {}, { "accept-language": "ja,en;q=0.5" });
  const japanese = expectRefusal(inJapanese, "MALFORMED_REQUEST", 400);
  expect(japanese.language).toBe("ja");
  expect(japanese.title).toBe(japanese.message.ja);
  expect(inJapanese.headers.get("content-language")).toBe("ja");
  const english = expectRefusal(
    await post("/v1/applications", {}, { "accept-language": "en-GB" }),
    "MALFORMED_REQUEST",
    400,
  );
  expect(english.title).toBe(english.message.en);
});
