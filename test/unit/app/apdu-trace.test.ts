import { expect, test } from "@jest/globals";
import { type Exchange, explain, lineOf, traced } from "../../../client/app/card/apdu-trace.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const pin = "ABC12345";
const pinHex = Buffer.from(pin).toString("hex");

test.each([
  ["00A4040C0AD392F000260100000001", "9000", "select the JPKI application", "done"],
  ["00A4040C0AD3921000310001010408", "9000", "select the input-assist application", "done"],
  ["00A4020C02001B", "9000", "select the sign PIN", "done"],
  ["00A4020C020099", "6A82", "select a file", "there is no such file or application"],
  ["00200080", "63C5", "ask for the tries left", "5 tries left"],
  [`0020008008${pinHex}`, "6983", "verify a PIN", "the PIN is locked"],
  ["00B0014000", "00".repeat(16) + "9000", "read from byte 320", "done"],
  [`802A008033${"11".repeat(51)}00`, "9000", "sign a digest", "done"],
  ["00C00000FF", "6100", "get the rest of the answer", "more bytes wait"],
  ["00FE0000", "6D00", "unknown command (class 00)", "unknown instruction"],
])("ok/%s %s is shown as: %s", (command, response, meaning, outcome) => {
  expect(explain(bytes(command), bytes(response))).toMatchObject({ meaning, outcome });
});

test.each([
  ["VERIFY", `0020008008${pinHex}`],
  ["VERIFY with another class", `0C20008008${pinHex}`],
  ["VERIFY, extended", `00200080000008${pinHex}`],
  ["VERIFY cut short", `0020008008${pinHex.slice(0, 8)}`],
  ["CHANGE REFERENCE DATA", `0024018008${pinHex}`],
  ["RESET RETRY COUNTER", `002C000008${pinHex}`],
  ["an unknown instruction", `0099008008${pinHex}`],
])("ok/nothing of a PIN is shown, not even its length: %s", (_what, command) => {
  const line = lineOf(explain(bytes(command), bytes("9000")))
    .replaceAll(" ", "")
    .toLowerCase();
  for (const part of [pin.toLowerCase(), pinHex, pinHex.slice(0, 8), "008008"])
    expect(line).not.toContain(part);
});

test("ok/each exchange is reported, also one that the card did not answer", async () => {
  const exchanges: Exchange[] = [];
  const answers = [bytes("9000")];
  const transmit = traced(
    async () => {
      const answer = answers.shift();
      if (!answer) throw new Error("unavailable");
      return answer;
    },
    (exchange) => exchanges.push(exchange),
  );
  await transmit(bytes("00A4020C02001B"));
  await expect(transmit(bytes("00200080"))).rejects.toThrow("unavailable");
  expect(exchanges.map(({ status, outcome }) => [status, outcome])).toEqual([
    ["9000", "done"],
    ["", "no answer"],
  ]);
});
