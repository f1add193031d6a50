import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { contentTypeAttribute, digestAttribute, makeCms } from "./test-cms.ts";
import { pemOf, rsa, signCaName, TestCa } from "./test-pki.ts";

/** OpenSSL as a second opinion: what it refuses, we refuse. */
const ca = new TestCa(signCaName("JPKI-TEST"));
const other = new TestCa(signCaName("JPKI-TEST"));
const card = rsa();
const certificate = ca.issue(card);
const content = Buffer.from('{"type":"kazasu/application/1","party":"abc-bank"}');
const at = new Date("2026-06-01T00:00:00Z");
const anchors = testAnchors(ca.pem);

let folder: string;
let caFile: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kazasu-openssl-"));
  caFile = file("ca.pem", ca.pem);
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function opensslAccepts(cms: Uint8Array, detached?: Uint8Array): boolean {
  const path = file("message.der", cms);
  const beside = detached ? ["-content", file("content.bin", detached)] : [];
  const time = String(at.getTime() / 1000);
  const common = ["-CAfile", caFile, "-purpose", "any", "-attime", time, "-out", join(folder, "out.bin")];
  const { status, error } = spawnSync(
    "openssl",
    ["cms", "-verify", "-binary", "-inform", "DER", "-in", path, ...beside, ...common],
    { stdio: "ignore" },
  );
  if (error) throw error;
  return status === 0;
}

const weAccept = (cms: Uint8Array, detached?: Uint8Array): boolean =>
  verifyCardSignature({ cms, anchors, at, ...(detached && { content: detached }) }).ok;

/** mulberry32: the same corpus on each run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe("OpenSSL as a second opinion", () => {
  const good = makeCms({ content, certificate, ...card });

  test("ok/both accept what is good: attached, detached, by key identifier", () => {
    const detached = makeCms({ content, certificate, ...card, detached: true });
    const byKey = makeCms({ content, certificate, ...card, byKeyId: true });
    expect([opensslAccepts(good), weAccept(good)]).toEqual([true, true]);
    expect([opensslAccepts(byKey), weAccept(byKey)]).toEqual([true, true]);
    expect([opensslAccepts(detached, content), weAccept(detached, content)]).toEqual([true, true]);
  });

  test("ok/what OpenSSL signs, with signing time and by key identifier, is accepted", () => {
    const files = ["-in", file("content.bin", content), "-signer", file("card.pem", pemOf(certificate))];
    const key = file("card.key", card.privateKey.export({ type: "pkcs8", format: "pem" }));
    const form = ["-binary", "-nodetach", "-md", "sha256", "-outform", "DER"];
    const sign = (...options: string[]) =>
      execFileSync("openssl", ["cms", "-sign", ...form, ...files, "-inkey", key, ...options]);
    expect(weAccept(sign())).toBe(true);
    expect(weAccept(sign("-keyid"))).toBe(true);
    // OpenSSL takes a signature without signed attributes; we are stricter.
    const bare = sign("-noattr");
    expect([opensslAccepts(bare), weAccept(bare)]).toEqual([true, false]);
  });

  const swaps: [string, () => Uint8Array][] = [
    [
      "a CA of the same name with another key",
      () => makeCms({ content, certificate: other.issue(card), ...card }),
    ],
    [
      "another CA",
      () => makeCms({ content, certificate: new TestCa(signCaName("OTHER")).issue(card), ...card }),
    ],
    ["another signer's key", () => makeCms({ content, certificate, ...rsa() })],
    [
      "content of another message",
      () => {
        const attributes = [contentTypeAttribute(), digestAttribute(Buffer.from("other"))];
        return makeCms({ content, certificate, ...card, attributes });
      },
    ],
    [
      "an expired certificate",
      () => makeCms({ content, certificate: ca.issue(card, { notAfter: "2026-05-31T00:00:00Z" }), ...card }),
    ],
    [
      "a certificate of tomorrow",
      () => makeCms({ content, certificate: ca.issue(card, { notBefore: "2026-06-02T00:00:00Z" }), ...card }),
    ],
    ["no certificate", () => makeCms({ content, certificate, ...card, certificates: [] })],
    ["truncated in the middle", () => good.subarray(0, good.length / 2)],
    ["truncated by one byte", () => good.subarray(0, -1)],
  ];
  test.each(swaps)("fail/both refuse %s", (_, make) => {
    const cms = make();
    expect([opensslAccepts(cms), weAccept(cms)]).toEqual([false, false]);
  });

  test("fail/both refuse swapped detached content", () => {
    const detached = makeCms({ content, certificate, ...card, detached: true });
    const swapped = Buffer.from("other");
    expect([opensslAccepts(detached, swapped), weAccept(detached, swapped)]).toEqual([false, false]);
  });

  test("fail/a flipped bit in any part: we refuse what OpenSSL refuses, and the few forms it tolerates", () => {
    const random = randomFrom(20_260_601);
    const places: [string, number, number][] = [
      ["content", good.indexOf(content), content.length],
      ["certificate", good.indexOf(certificate), certificate.length],
      ["signed attributes", good.indexOf(Buffer.from("2a864886f70d010903", "hex")), 69],
      ["signature", good.length - 256, 256],
      ["anywhere", 0, good.length],
    ];
    let refusedByOpenssl = 0;
    for (const [part, start, length] of places) {
      for (let count = 0; count < 22; count++) {
        const bit = start * 8 + random(length * 8);
        const cms = flip(good, bit);
        if (!opensslAccepts(cms)) refusedByOpenssl++;
        expect({ part, bit, ours: weAccept(cms) }).toEqual({ part, bit, ours: false });
      }
    }
    // OpenSSL reads BER, so that a few of the flips (a primitive SET, say) mean nothing to it.
    expect(refusedByOpenssl).toBeGreaterThan(85);
  });

  test("fail/any single flipped bit is refused, whatever OpenSSL thinks of it", () => {
    const random = randomFrom(7);
    for (let count = 0; count < 400; count++) {
      const bit = random(good.length * 8);
      expect({ bit, ours: weAccept(flip(good, bit)) }).toEqual({ bit, ours: false });
    }
  });
});

function flip(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}
