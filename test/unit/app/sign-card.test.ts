import { describe, expect, test } from "@jest/globals";
import { cardProblems } from "../../../client/app/card/card-error.ts";
import { openSignCard } from "../../../client/app/card/sign-card.ts";
import { apdus, type Exchange, scriptedCard, torn } from "./scripted-card.ts";

const opened: Exchange = [apdus.selectJpki, "9000"];
const digest = "22".repeat(32);

async function reading(...script: Exchange[]) {
  const scripted = scriptedCard([opened, [apdus.selectSignCertificate, "9000"], ...script]);
  const card = await openSignCard(scripted.transmit);
  return { scripted, certificate: card.readCertificate() };
}

async function signing(...script: Exchange[]) {
  const scripted = scriptedCard([opened, ...script]);
  const card = await openSignCard(scripted.transmit);
  return { scripted, signature: card.sign(Buffer.from(digest, "hex")) };
}

describe("opening", () => {
  test.each([
    ["has no JPKI application", "6a82", "NOT_A_CARD"],
    ["moves away", torn, "CARD_LOST"],
    ["answers nothing", "", "CARD_MALFORMED"],
    ["answers half a status word", "90", "CARD_MALFORMED"],
  ])("fail/a card that %s", async (_, response, code) => {
    const { transmit, sent } = scriptedCard([[apdus.selectJpki, response]]);
    await expect(openSignCard(transmit)).rejects.toMatchObject({ code });
    expect(sent).toEqual([apdus.selectJpki]);
  });
});

describe("READ BINARY of the certificate", () => {
  /** Certificate-shaped: a SEQUENCE of `total` bytes with a two-byte length. */
  const shaped = (total: number) => {
    const bytes = Buffer.alloc(total, 0xa5);
    bytes.writeUInt32BE(0x30820000 + total - 4);
    return bytes;
  };
  const answer = (bytes: Uint8Array) => `${Buffer.from(bytes).toString("hex")}9000`;

  test("ok/takes parts shorter than asked for, and asks for exactly the rest", async () => {
    const bytes = shaped(300);
    const { scripted, certificate } = await reading(
      [apdus.read(0, 4), answer(bytes.subarray(0, 4))],
      [apdus.read(0, 224), answer(bytes.subarray(0, 128))],
      [apdus.read(128, 172), answer(bytes.subarray(128, 299))],
      [apdus.read(299, 1), answer(bytes.subarray(299))],
    );
    expect(Buffer.from(await certificate)).toEqual(bytes);
    expect(scripted.left).toEqual([]);
  });

  test("ok/offsets above 255 take both bytes, up to the largest certificate", async () => {
    const bytes = shaped(4_096);
    const parts = Array.from({ length: Math.ceil(4_096 / 224) }, (_, index): Exchange => {
      const part = bytes.subarray(index * 224, (index + 1) * 224);
      return [apdus.read(index * 224, part.length), answer(part)];
    });
    const { scripted, certificate } = await reading(
      [apdus.read(0, 4), answer(bytes.subarray(0, 4))],
      ...parts,
    );
    expect(Buffer.from(await certificate)).toEqual(bytes);
    expect(scripted.left).toEqual([]);
  });

  test.each([
    ["no SEQUENCE", "31820100"],
    ["a short length", "307f0000"],
    ["a one-byte length", "3081ff00"],
    ["a three-byte length", "30830100"],
    ["an indefinite length", "30800000"],
    ["a byte more than a certificate may have", "30820ffd"],
    ["64 KiB", "3082ffff"],
    ["fewer than four bytes", "308201"],
    ["more than four bytes", "3082010030"],
    ["no bytes", ""],
  ])("fail/a header with %s: nothing more is read", async (_, header) => {
    const { scripted, certificate } = await reading([apdus.read(0, 4), `${header}9000`]);
    await expect(certificate).rejects.toMatchObject({ code: "CARD_MALFORMED" });
    expect(scripted.sent).toHaveLength(3);
  });

  test.each([
    ["gives no bytes, again and again", "9000", "CARD_MALFORMED"],
    ["gives more than was asked for", `${"00".repeat(225)}9000`, "CARD_MALFORMED"],
    ["wants the PIN", "6982", "CARD_MALFORMED"],
    ["answers a short response", "90", "CARD_MALFORMED"],
    ["moves away", torn, "CARD_LOST"],
  ])("fail/a card that %s", async (_, response, code) => {
    const { certificate } = await reading([apdus.read(0, 4), "308201289000"], [apdus.read(0, 224), response]);
    await expect(certificate).rejects.toMatchObject({ code });
  });
});

describe("COMPUTE DIGITAL SIGNATURE", () => {
  const selected: Exchange = [apdus.selectSignKey, "9000"];

  test("ok/over the DigestInfo of SHA-256", async () => {
    const { scripted, signature } = await signing(selected, [apdus.sign(digest), `${"33".repeat(256)}9000`]);
    expect(await signature).toEqual(new Uint8Array(256).fill(0x33));
    expect(scripted.left).toEqual([]);
  });

  test.each([
    ["gives fewer bytes than RSA-2048", `${"33".repeat(255)}9000`, "CARD_MALFORMED"],
    ["gives nothing", "9000", "CARD_MALFORMED"],
    ["wants the PIN", "6982", "CARD_MALFORMED"],
    ["moves away", torn, "CARD_LOST"],
  ])("fail/a card that %s", async (_, response, code) => {
    const { signature } = await signing(selected, [apdus.sign(digest), response]);
    await expect(signature).rejects.toMatchObject({ code });
  });

  test.each([0, 20, 31, 33, 64])("fail/%i bytes are no SHA-256 digest: nothing is sent", async (length) => {
    const scripted = scriptedCard([opened]);
    const card = await openSignCard(scripted.transmit);
    await expect(card.sign(new Uint8Array(length))).rejects.toThrow(TypeError);
    expect(scripted.sent).toEqual([apdus.selectJpki]);
  });
});

describe("messages to the person", () => {
  test("ok/every problem says what happened and what to do, in both languages", () => {
    for (const { en, ja, next } of Object.values(cardProblems)) {
      expect([en, next.en].every((text) => /^[\x20-\x7e]{10,}\.$/.test(text))).toBe(true);
      expect([ja, next.ja].every((text) => /[\u3040-\u30ff].*。$/.test(text))).toBe(true);
    }
  });
});
