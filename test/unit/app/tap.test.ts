import { describe, expect, jest, test } from "@jest/globals";
import { openSignCard } from "../../../client/app/card/sign-card.ts";
import { tap } from "../../../client/app/card/tap.ts";
import { apdus, type Exchange, openedWith, pinsSent, scriptedCard, torn, verified } from "./scripted-card.ts";

const pin = "ABC12345";

/** A certificate-shaped object of 300 bytes, and how the driver reads it: header, 224 bytes, the rest. */
const certificate = Buffer.concat([Buffer.from("30820128", "hex"), Buffer.alloc(296, 0x5a)]);
const part = (start: number, end: number): string =>
  `${certificate.subarray(start, end).toString("hex")}9000`;
const certificateRead: Exchange[] = [
  [apdus.selectSignCertificate, "9000"],
  [apdus.read(0, 4), part(0, 4)],
  [apdus.read(0, 0xe0), part(0, 0xe0)],
  [apdus.read(0xe0, 300 - 0xe0), part(0xe0, 300)],
];

describe("tap", () => {
  test("ok/one VERIFY, then the certificate in chunks, then a signature", async () => {
    const digest = "11".repeat(32);
    const card = scriptedCard([
      ...openedWith("63c5"),
      ...verified(pin, "9000"),
      ...certificateRead,
      [apdus.selectSignKey, "9000"],
      [apdus.sign(digest), `${"77".repeat(256)}9000`],
    ]);
    const tapped = await tap({ transmit: card.transmit, pin });
    expect(Buffer.from(tapped.certificate)).toEqual(certificate);
    expect(await tapped.sign(Buffer.from(digest, "hex"))).toEqual(new Uint8Array(256).fill(0x77));
    expect(card.left).toEqual([]);
    expect(pinsSent(card.sent)).toEqual([apdus.verify(pin)]);
  });

  test("ok/a PIN in lower case goes to the card in upper case", async () => {
    const card = scriptedCard([...openedWith("63c5"), ...verified(pin, "9000"), ...certificateRead]);
    await tap({ transmit: card.transmit, pin: "abc12345" });
    expect(card.left).toEqual([]);
  });

  test.each([
    ["wrong, four left", "63c4", { code: "PIN_WRONG", triesLeft: 4 }],
    ["wrong, one left", "63c1", { code: "PIN_WRONG", triesLeft: 1 }],
    ["wrong, and it was the last try", "63c0", { code: "PIN_LOCKED", triesLeft: 0 }],
    ["blocked", "6983", { code: "PIN_LOCKED", triesLeft: 0 }],
    ["a status VERIFY does not have", "6a82", { code: "CARD_MALFORMED" }],
  ])("fail/VERIFY is answered: %s", async (_, status, error) => {
    const card = scriptedCard([...openedWith("63c5"), ...verified(pin, status)]);
    await expect(tap({ transmit: card.transmit, pin })).rejects.toMatchObject(error);
    expect(card.left).toEqual([]);
    expect(pinsSent(card.sent)).toHaveLength(1);
  });

  test.each([
    ["no tries left", "63c0"],
    ["blocked", "6983"],
  ])("fail/a card that is locked already (%s) is sent no PIN", async (_, status) => {
    const card = scriptedCard(openedWith(status));
    await expect(tap({ transmit: card.transmit, pin })).rejects.toMatchObject({
      code: "PIN_LOCKED",
      triesLeft: 0,
    });
    expect(pinsSent(card.sent)).toEqual([]);
  });

  test.each([
    "",
    "ABC12",
    "ABCDEFGH123456789",
    "ABC-1234",
    "ABC 1234",
    "ＡＢＣ１２３４５",
    "straße",
    "ABC12345\n",
  ])("fail/%j is no PIN: nothing is sent", async (typed) => {
    const card = scriptedCard([]);
    await expect(tap({ transmit: card.transmit, pin: typed })).rejects.toMatchObject({ code: "PIN_FORMAT" });
    expect(card.sent).toEqual([]);
  });

  test("fail/a PIN never shows in what is thrown", async () => {
    const card = scriptedCard([...openedWith("63c5"), ...verified(pin, "63c4")]);
    const error: unknown = await tap({ transmit: card.transmit, pin }).catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error) + String(error) + String((error as Error).stack)).not.toContain(pin);
  });
});

describe("a torn VERIFY", () => {
  test.each([
    ["the card moves away", torn],
    ["half a status word comes back", "90"],
    ["nothing comes back", ""],
  ])("fail/%s: PIN_EXCHANGE_TORN, and the PIN went out once", async (_, response) => {
    const card = scriptedCard([...openedWith("63c5"), ...verified(pin, response)]);
    await expect(tap({ transmit: card.transmit, pin })).rejects.toMatchObject({ code: "PIN_EXCHANGE_TORN" });
    expect(pinsSent(card.sent)).toEqual([apdus.verify(pin)]);
    expect(card.sent.at(-1)).toBe(apdus.verify(pin));
  });

  test("fail/a second PIN in the same activation is refused", async () => {
    const script = [[apdus.selectJpki, "9000"] as Exchange, ...verified(pin, torn)];
    const scripted = scriptedCard(script);
    const card = await openSignCard(scripted.transmit);
    for (const again of [pin, pin, "XYZ98765"])
      await expect(card.verifyPin(again)).rejects.toMatchObject({ code: "PIN_EXCHANGE_TORN" });
    expect(scripted.sent).toEqual(script.map(([command]) => command));
  });

  test("ok/the next tap reads the tries left before it verifies", async () => {
    const card = scriptedCard([...openedWith("63c4"), ...verified(pin, "9000"), ...certificateRead]);
    await tap({ transmit: card.transmit, pin });
    expect(card.sent.indexOf(apdus.triesLeft)).toBeLessThan(card.sent.indexOf(apdus.verify(pin)));
  });
});

describe("few tries left", () => {
  test.each([
    ["63c2", 2],
    ["63c1", 1],
  ])("ok/at %s the person is asked first, and a yes spends one", async (status, triesLeft) => {
    const card = scriptedCard([...openedWith(status), ...verified(pin, "9000"), ...certificateRead]);
    const onFewTries = jest.fn<(triesLeft: number) => Promise<boolean>>(async () => {
      expect(pinsSent(card.sent)).toEqual([]);
      return true;
    });
    await tap({ transmit: card.transmit, pin, onFewTries });
    expect(onFewTries).toHaveBeenCalledWith(triesLeft);
    expect(card.left).toEqual([]);
  });

  test("ok/at three tries left the person is not asked", async () => {
    const card = scriptedCard([...openedWith("63c3"), ...verified(pin, "9000"), ...certificateRead]);
    const onFewTries = jest.fn(async () => false);
    await tap({ transmit: card.transmit, pin, onFewTries });
    expect(onFewTries).not.toHaveBeenCalled();
  });

  test.each([
    ["a no", { onFewTries: async () => false }],
    ["nobody to ask", {}],
  ])("fail/%s spends nothing", async (_, options) => {
    const card = scriptedCard(openedWith("63c2"));
    const refused = tap({ transmit: card.transmit, pin, ...options });
    await expect(refused).rejects.toMatchObject({ code: "PIN_LAST_TRIES", triesLeft: 2 });
    expect(pinsSent(card.sent)).toEqual([]);
  });

  test("fail/a card that does not report its tries is sent no PIN", async () => {
    const card = scriptedCard(openedWith("9000"));
    await expect(tap({ transmit: card.transmit, pin })).rejects.toMatchObject({ code: "CARD_MALFORMED" });
    expect(pinsSent(card.sent)).toEqual([]);
  });
});
