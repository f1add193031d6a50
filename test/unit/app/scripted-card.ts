import type { Transmit } from "../../../client/app/card/sign-card.ts";

/** One exchange: the command that must come, in hex, and the response in hex, or `torn` for a card that moved away. */
export type Exchange = [command: string, response: string];

export const torn = "torn";

/** The APDUs of the JPKI application that this SDK knows. */
export const apdus = {
  selectJpki: "00a4040c0ad392f000260100000001",
  selectSignPin: "00a4020c02001b",
  selectSignKey: "00a4020c02001a",
  selectSignCertificate: "00a4020c020001",
  triesLeft: "00200080",
  verify: (pin: string) => `00200080${byte(pin.length)}${Buffer.from(pin, "ascii").toString("hex")}`,
  read: (offset: number, length: number) =>
    `00b0${offset.toString(16).padStart(4, "0")}${length.toString(16).padStart(2, "0")}`,
  sign: (digest: string) => `802a0080333031300d060960864801650304020105000420${digest}00`,
};

const byte = (value: number): string => value.toString(16).padStart(2, "0");

/** A card that was opened, and asked how many tries are left. */
export const openedWith = (triesLeft: string): Exchange[] => [
  [apdus.selectJpki, "9000"],
  [apdus.selectSignPin, "9000"],
  [apdus.triesLeft, triesLeft],
];

export const verified = (pin: string, response: string): Exchange[] => [
  [apdus.selectSignPin, "9000"],
  [apdus.verify(pin), response],
];

/**
 * A card that knows one conversation by heart. Anything said out of turn, or after the end, fails the test: `sent`
 * and `left` are what was sent and what was not.
 */
export function scriptedCard(script: Exchange[]): { transmit: Transmit; sent: string[]; left: Exchange[] } {
  const [sent, left] = [[] as string[], [...script]];
  const transmit: Transmit = async (apdu) => {
    const command = Buffer.from(apdu).toString("hex");
    sent.push(command);
    const [expected, response] = left.shift() ?? ["nothing", ""];
    if (command !== expected) throw new OutOfTurn(`The card expected ${expected} and got ${command}.`);
    if (response === torn) throw new Error("The tag was lost.");
    return new Uint8Array(Buffer.from(response, "hex"));
  };
  return { transmit, sent, left };
}

class OutOfTurn extends Error {
  override name = "OutOfTurn";
}

/** The commands that carry a PIN: VERIFY with data. */
export const pinsSent = (sent: string[]): string[] =>
  sent.filter((command) => command.startsWith(apdus.triesLeft) && command.length > apdus.triesLeft.length);
