import type { MyNumberCard } from "../../../simulators/my-number-card/card.ts";

/** Sends an APDU given in hex, spaces allowed; returns data and status word in hex. */
export function send(card: MyNumberCard, apdu: string): { data: string; status: string } {
  const response = Buffer.from(card.transmit(Buffer.from(apdu.replaceAll(" ", ""), "hex"))).toString("hex");
  return { data: response.slice(0, -4), status: response.slice(-4) };
}

export const selectJpki = "00A4040C0AD392F000260100000001";

export const selectFile = (ef: string): string => `00A4020C02${ef}`;

export const verify = (pin: string): string =>
  `00200080${pin.length.toString(16).padStart(2, "0")}${Buffer.from(pin, "ascii").toString("hex")}`;

/** DigestInfo of SHA-256 (RFC 8017 §9.2) over 32 bytes of 0x11. */
export const digestInfo = `3031300d060960864801650304020105000420${"11".repeat(32)}`;

export const sign = `802A008033${digestInfo}00`;

/** Selects a data file and reads all of it. */
export function readFile(card: MyNumberCard, ef: string): Buffer {
  send(card, selectFile(ef));
  let contents = "";
  for (;;) {
    const offset = (contents.length / 2).toString(16).padStart(4, "0");
    const { data, status } = send(card, `00B0${offset}00`);
    if (status !== "9000") return Buffer.from(contents, "hex");
    contents += data;
  }
}
