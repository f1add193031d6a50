import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { atr } from "../../../simulators/my-number-card/atr.ts";
import { type InsertedCard, type Insertion, insert } from "../../../simulators/my-number-card/vpcd.ts";

/** The reader's side of the connection, as `pcscd` has it. */
let reader: Socket;
let insertion: Insertion;
let came: Buffer;
const seen: string[] = [];
let answer: (apdu: Uint8Array) => Promise<Uint8Array>;
const server = createServer();

beforeEach(async () => {
  seen.length = 0;
  came = Buffer.alloc(0);
  answer = async () => Uint8Array.of(0x90, 0x00);
  const card: InsertedCard = {
    atr,
    async reset() {
      seen.push("reset");
    },
    transmit(apdu) {
      seen.push(Buffer.from(apdu).toString("hex").slice(0, 16));
      return answer(apdu);
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const connected = once(server, "connection");
  insertion = await insert(card, { host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  [reader] = (await connected) as [Socket];
  reader.on("data", (chunk: Buffer) => (came = Buffer.concat([came, chunk])));
});
afterEach(async () => {
  reader.destroy();
  await insertion.ended.catch(() => {});
  server.close();
  await once(server, "close");
});

const framed = (message: Uint8Array) => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
};
async function next(): Promise<string> {
  while (came.length < 2 || came.length < 2 + came.readUInt16BE(0)) await once(reader, "data");
  const end = 2 + came.readUInt16BE(0);
  const message = came.subarray(2, end).toString("hex");
  came = came.subarray(end);
  return message;
}

test("ok/power, ATR and APDUs in their order, in pieces of any size", async () => {
  const all = Buffer.concat([
    framed(Uint8Array.of(1)),
    framed(Uint8Array.of(4)),
    framed(Buffer.from("00200080", "hex")),
    framed(Uint8Array.of(2)),
    framed(Buffer.from("00a40000", "hex")),
    framed(Uint8Array.of(0)),
    framed(Uint8Array.of(4)),
  ]);
  for (const byte of all) reader.write(Uint8Array.of(byte));
  expect([await next(), await next(), await next(), await next()]).toEqual([
    "3be000ff8131fe4514",
    "9000",
    "9000",
    "3be000ff8131fe4514",
  ]);
  expect(seen).toEqual(["reset", "00200080", "reset", "00a40000", "reset"]);
});

test("ok/the largest message there is, both ways", async () => {
  const large = Buffer.alloc(65_535, 0x5a);
  answer = async (apdu) => apdu;
  reader.write(framed(large));
  expect(await next()).toBe(large.toString("hex"));
});

test("fail/the reader is disconnected in the middle of a message: the card is out, and got no command", async () => {
  reader.write(framed(Buffer.from("00200080", "hex")).subarray(0, 4));
  reader.destroy();
  await insertion.ended;
  expect(seen).toEqual([]);
});

test("fail/a card that does not answer is out of the reader, and that is said", async () => {
  answer = async () => Promise.reject(new Error("the card is gone"));
  const closed = once(reader, "close");
  reader.write(framed(Buffer.from("00200080", "hex")));
  await expect(insertion.ended).rejects.toThrow("the card is gone");
  await closed;
});

test("fail/no reader listens: said in one sentence, with what to do", async () => {
  const card = { atr, reset: async () => {}, transmit: async () => Uint8Array.of() };
  await expect(insert(card, { host: "127.0.0.1", port: 1 })).rejects.toThrow(/start pcscd/);
});
