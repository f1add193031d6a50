import { describe, expect, test } from "@jest/globals";
import { MyNumberCard } from "../../../simulators/my-number-card/card.ts";
import { tokens } from "../../../simulators/my-number-card/memory.ts";
import { readFile, selectFile, selectJpki, send, verify } from "./card-driver.ts";
import { mintCard, newCard, selectAssist, selectSurface, template } from "./minted-card.ts";

mintCard();

describe("the face of the card", () => {
  test("ok/the four attributes as text, after the PIN for forms, or the number on the card's face", () => {
    const { surface } = template;
    for (const [ef, pin] of [
      ["0011", surface!.assistPin.value],
      ["0015", surface!.number.value],
    ] as const) {
      const card = newCard();
      send(card, selectAssist);
      expect([send(card, selectFile("0002")).status, send(card, "00B0000000").status]).toEqual([
        "9000",
        "6982",
      ]);
      send(card, selectFile(ef));
      expect(send(card, verify(pin)).status).toBe("9000");
      const text = readFile(card, "0002");
      const { name, address, dateOfBirth, sex } = surface!.printed;
      // FF20 around DF21 (where each begins) and DF22 to DF25.
      expect(text.toString("hex")).toMatch(/^ff20(81)?..df2108/);
      const start = text.indexOf("df21", 0, "hex") + 3;
      const values = [name, address, dateOfBirth, sex].map((_, index) => {
        const at = text.readUInt16BE(start + 2 * index);
        const long = text[at + 2] === 0x81;
        const from = at + (long ? 4 : 3);
        return text.subarray(from, from + text[at + (long ? 3 : 2)]!).toString();
      });
      expect(values).toEqual([name, address, dateOfBirth, sex]);
    }
  });

  test("fail/the file of the My Number is closed, whatever was verified; so is its check, and the card's pictures", () => {
    const card = newCard();
    send(card, selectAssist);
    for (const [ef, pin] of [
      ["0011", template.surface!.assistPin.value],
      ["0015", template.surface!.number.value],
    ] as const) {
      send(card, selectFile(ef));
      expect(send(card, verify(pin)).status).toBe("9000");
    }
    expect([send(card, selectFile("0001")).status, send(card, "00B0000000").status]).toEqual([
      "9000",
      "6982",
    ]);
    expect([send(card, selectFile("0014")).status, send(card, verify("123456789012")).status]).toEqual([
      "9000",
      "6984",
    ]);
    send(card, selectFile("0015"));
    expect(send(card, `002401800E${"31".repeat(14)}`).status).toBe("6981");
    send(card, selectSurface);
    expect([send(card, selectFile("0002")).status, send(card, "00B0000000").status]).toEqual([
      "9000",
      "6985",
    ]);
  });

  test("fail/each PIN counts for itself: three wrong ones lock that of forms, and no other", () => {
    const card = newCard();
    send(card, selectAssist);
    send(card, selectFile("0011"));
    const wrong = template.surface!.assistPin.value === "0000" ? "1111" : "0000";
    expect([1, 2, 3].map(() => send(card, verify(wrong)).status)).toEqual(["63c2", "63c1", "63c0"]);
    expect(send(card, verify(template.surface!.assistPin.value)).status).toBe("6983");
    send(card, selectFile("0015"));
    expect(send(card, "00200080").status).toBe("63ca");
    expect([card.signTriesLeft, card.authTriesLeft]).toEqual([5, 3]);
  });

  test("ok/a certificate in a phone: another label, and no face", () => {
    const { surface: _none, ...memory } = structuredClone(template);
    const phone = new MyNumberCard({ ...memory, token: tokens.android });
    send(phone, selectJpki);
    expect(readFile(phone, "0006").subarray(0, 32).toString().trimEnd()).toBe("JPKIAPGPSETOKEN");
    for (const select of [selectAssist, selectSurface]) expect(send(phone, select).status).toBe("6a82");
  });
});
