import { constants, publicDecrypt, X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { digestInfo, readFile, selectFile, selectJpki, send, sign, verify } from "./card-driver.ts";
import { mintCard, newCard, readyToSign } from "./minted-card.ts";

mintCard();

describe("my number card", () => {
  test("ok/one tap signs twice after one VERIFY and counts one activation", () => {
    const card = newCard();
    card.reset();
    expect(card.activations).toBe(0);
    send(card, selectJpki);
    send(card, selectFile("001B"));
    send(card, verify("ABC12345"));
    send(card, selectFile("001A"));
    const first = send(card, sign);
    const certificate = new X509Certificate(readFile(card, "0001"));
    send(card, selectFile("001A"));
    const second = send(card, sign);
    card.reset();
    expect([first.status, second.status]).toEqual(["9000", "9000"]);
    const opened = publicDecrypt(
      { key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING },
      Buffer.from(first.data, "hex"),
    );
    expect(opened.toString("hex")).toBe(digestInfo);
    expect(card.activations).toBe(1);
    expect(card.signatures).toBe(2);
    send(card, selectJpki);
    expect(card.activations).toBe(2);
  });

  test("ok/token information is 160 bytes with the label of a card", () => {
    const card = newCard();
    send(card, selectJpki);
    const token = readFile(card, "0006");
    expect(token).toHaveLength(160);
    expect(token.subarray(0, 32).toString().trimEnd()).toBe("JPKIAPICCTOKEN2");
  });

  test("ok/CA certificates and the auth certificate are free to read", () => {
    const card = newCard();
    send(card, selectJpki);
    const authority = new X509Certificate(readFile(card, "000B"));
    const certificate = new X509Certificate(readFile(card, "000A"));
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(new X509Certificate(readFile(card, "0002")).ca).toBe(true);
  });

  test("fail/sign certificate before the sign PIN", () => {
    const card = newCard();
    send(card, selectJpki);
    send(card, selectFile("0001"));
    expect(send(card, "00B0000000").status).toBe("6982");
    send(card, selectFile("0018"));
    expect(send(card, verify("1234")).status).toBe("9000");
    send(card, selectFile("0001"));
    expect(send(card, "00B0000000").status).toBe("6982");
  });

  test("fail/signing without the key's own PIN", () => {
    const card = newCard();
    send(card, selectJpki);
    send(card, selectFile("0018"));
    send(card, verify("1234"));
    send(card, selectFile("001A"));
    expect(send(card, sign).status).toBe("6982");
    send(card, selectFile("0017"));
    expect(send(card, sign).status).toBe("9000");
  });

  test("ok/a reset forgets the verified PIN, not the counter", () => {
    const card = readyToSign();
    card.reset();
    send(card, selectJpki);
    send(card, selectFile("001B"));
    send(card, verify("WRONG123"));
    card.reset();
    send(card, selectJpki);
    send(card, selectFile("001A"));
    expect(send(card, sign).status).toBe("6982");
    expect(card.signTriesLeft).toBe(4);
  });

  test("ok/asking for the tries costs none, and a right PIN gives all back", () => {
    const card = newCard();
    send(card, selectJpki);
    send(card, selectFile("001B"));
    expect(send(card, "00200080").status).toBe("63c5");
    expect(send(card, verify("WRONG123")).status).toBe("63c4");
    expect(send(card, "00200080").status).toBe("63c4");
    expect(send(card, verify("ABC12345")).status).toBe("9000");
    expect(send(card, "00200080").status).toBe("63c5");
  });

  test.each([
    ["001B", "WRONG123", "ABC12345", 5],
    ["0018", "9999", "1234", 3],
  ])("fail/PIN of EF %s locks, and stays locked for the right one", (ef, wrong, right, tries) => {
    const card = newCard();
    send(card, selectJpki);
    send(card, selectFile(ef));
    for (let left = tries - 1; left >= 0; left -= 1)
      expect(send(card, verify(wrong)).status).toBe(`63c${left}`);
    expect(send(card, verify(right)).status).toBe("6983");
    expect(send(card, "00200080").status).toBe("63c0");
  });

  test("fail/lower case is another PIN, and a wrong one takes back what was verified", () => {
    const card = readyToSign();
    send(card, selectFile("001B"));
    expect(send(card, verify("abc12345")).status).toBe("63c4");
    send(card, selectFile("001A"));
    expect(send(card, sign).status).toBe("6982");
  });

  test("ok/a PIN is changed after VERIFY", () => {
    const card = newCard();
    send(card, selectJpki);
    send(card, selectFile("0018"));
    expect(send(card, "002401800435363738").status).toBe("6982");
    send(card, verify("1234"));
    expect(send(card, "002401800435363738").status).toBe("9000");
    expect(send(card, "0024018004414141 41").status).toBe("6a80");
    card.reset();
    send(card, selectJpki);
    send(card, selectFile("0018"));
    expect(send(card, verify("1234")).status).toBe("63c2");
    expect(send(card, verify("5678")).status).toBe("9000");
  });

  test.each([
    ["an unknown application", "00A4040C07A0000000031010", "6a82"],
    ["an application by P2 00", "00A404000AD392F000260100000001", "6a86"],
    ["a file that is not there", "00A4020C020003", "6a82"],
    ["a file id of three bytes", "00A4020C03000100", "6700"],
    ["another class", "B0A4020C020001", "6e00"],
    ["secure messaging", "0CA4020C020001", "6882"],
    ["command chaining", "10A4020C020001", "6884"],
    ["an unknown instruction", "00FE0000", "6d00"],
    ["SELECT with the signing class", "80A4020C020001", "6e00"],
    ["signing with the plain class", "002A008000", "6e00"],
    ["another signing P1", "802A9E9A00", "6a86"],
    ["nothing but a class", "00", "6700"],
    ["an Lc beyond the body", "00A4020C0500", "6700"],
    ["VERIFY without a file", "0020008004 31323334", "6986"],
    ["READ BINARY without a file", "00B0000000", "6986"],
  ])("fail/%s", (_what, apdu, status) => {
    const card = newCard();
    send(card, selectJpki);
    expect(send(card, apdu).status).toBe(status);
  });

  test("fail/operations on files of another kind, bad offsets, bodies that are no DigestInfo", () => {
    const card = readyToSign();
    expect(send(card, "00B0000000").status).toBe("6981");
    expect(send(card, `802A008020${"11".repeat(32)}00`).status).toBe("6a80");
    expect(send(card, "802A008000").status).toBe("6700");
    send(card, selectFile("0006"));
    expect(send(card, sign).status).toBe("6981");
    expect(send(card, verify("1234")).status).toBe("6981");
    expect(send(card, "00B000A000").status).toBe("6b00");
    expect(send(card, "00B0009020").status).toBe("6282");
    expect(card.signatures).toBe(0);
  });

  test("ok/Le: absent leaves the signature to GET RESPONSE, extended takes it whole", () => {
    const card = readyToSign();
    const withoutLe = sign.slice(0, -2);
    expect(send(card, withoutLe)).toEqual({ data: "", status: "6100" });
    const fetched = send(card, "00C0000080");
    expect(fetched.status).toBe("6180");
    const rest = send(card, "00C0000080");
    expect(rest.status).toBe("9000");
    expect(send(card, "00C0000080").status).toBe("6985");
    const extended = send(card, `802A0080000033${digestInfo}0000`);
    expect(extended).toEqual({ data: fetched.data + rest.data, status: "9000" });
    send(card, selectFile("0001"));
    const whole = send(card, "00B00000000000");
    expect(whole.status).toBe("9000");
    expect(whole.data.length / 2).toBeGreaterThan(1_000);
  });

  test("ok/garbage is answered with a status word and never throws", () => {
    const card = newCard();
    const header = fc.tuple(
      fc.constantFrom(0x00, 0x80, 0x10, 0x0c),
      fc.constantFrom(0x20, 0x24, 0x2a, 0xa4, 0xb0, 0xc0),
      fc.constantFrom(0, 1, 2, 4, 0x80, 0xff),
      fc.constantFrom(0, 0x0c, 0x80, 0xff),
    );
    const near = fc
      .tuple(header, fc.uint8Array({ maxLength: 300 }))
      .map(([head, rest]) => [...head, ...rest]);
    const selected = fc.constantFrom("0001", "0006", "0017", "0018", "001A", "001B");
    fc.assert(
      fc.property(selected, fc.oneof(near, fc.array(fc.nat(255), { maxLength: 600 })), (ef, bytes) => {
        card.reset();
        send(card, selectJpki);
        send(card, selectFile(ef));
        const response = card.transmit(Uint8Array.from(bytes));
        expect(response.length).toBeGreaterThanOrEqual(2);
        expect(response.at(-2)).toBeGreaterThanOrEqual(0x61);
        expect(response.at(-2)).toBeLessThanOrEqual(0x90);
      }),
      { numRuns: 500 },
    );
  });
});
