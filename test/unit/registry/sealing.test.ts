import { randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { array, assert, property, string, uint8Array } from "fast-check";
import { keyedHash, Sealer, type SealingKeys, sameMac } from "../../../registry/sealing.ts";

const keys = (current: string, ...ids: string[]): SealingKeys => ({
  current,
  keys: new Map([current, ...ids].map((id) => [id, randomBytes(32)])),
});
const plaintext = Buffer.from("東京都港区芝浦一丁目");

describe("sealing at rest", () => {
  test("ok/what was sealed opens on its row", () => {
    const sealer = new Sealer(keys("k1"));
    assert(
      property(uint8Array({ maxLength: 300 }), string(), (bytes, row) => {
        expect(sealer.open(sealer.seal(bytes, row), row).equals(bytes)).toBe(true);
      }),
    );
  });

  test("ok/the same text twice looks different, and nothing of it shows", () => {
    const sealer = new Sealer(keys("k1"));
    const [one, other] = [sealer.seal(plaintext, "a/1"), sealer.seal(plaintext, "a/1")];
    expect(one.equals(other)).toBe(false);
    expect(one.includes(plaintext.subarray(0, 6))).toBe(false);
  });

  test("ok/after rotation the old key opens what it sealed, and the new one seals", () => {
    const old = keys("k1");
    const sealed = new Sealer(old).seal(plaintext, "a/1");
    const rotated: SealingKeys = { current: "k2", keys: new Map([...old.keys, ["k2", randomBytes(32)]]) };
    expect(new Sealer(rotated).open(sealed, "a/1").equals(plaintext)).toBe(true);
    const renewed = new Sealer(rotated).seal(plaintext, "a/1");
    expect(() => new Sealer(old).open(renewed, "a/1")).toThrow(/"k2" is not in the key file/);
  });

  test("fail/a value moved to another row does not open", () => {
    const sealer = new Sealer(keys("k1"));
    expect(() => sealer.open(sealer.seal(plaintext, "anchors/p1/1"), "anchors/p2/1")).toThrow();
  });

  test("fail/no bit of it can be changed, and no byte cut off", () => {
    const sealer = new Sealer(keys("k1", "k2"));
    const sealed = sealer.seal(plaintext, "a/1");
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => sealer.open(changed, "a/1")).toThrow();
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealer.open(sealed.subarray(0, length), "a/1")).toThrow();
    }
  });

  test("fail/a missing key is named, with what to do", () => {
    const sealed = new Sealer(keys("k1")).seal(plaintext, "a/1");
    expect(() => new Sealer(keys("k2")).open(sealed, "a/1")).toThrow(
      /"k1" is not in the key file; restore it/,
    );
  });

  test("fail/another key under the same id does not open", () => {
    const sealed = new Sealer(keys("k1")).seal(plaintext, "a/1");
    expect(() => new Sealer(keys("k1")).open(sealed, "a/1")).toThrow();
  });

  test("fail/a value sealed by a newer release is reported as such", () => {
    const sealed = new Sealer(keys("k1")).seal(plaintext, "a/1");
    sealed[0] = 2;
    expect(() => new Sealer(keys("k1")).open(sealed, "a/1")).toThrow(/unknown version/);
  });
});

describe("keyed hash", () => {
  const key = randomBytes(32);

  test("ok/the same parts give the same 32 bytes; text counts as its UTF-8", () => {
    const hash = keyedHash(key, "card", "高", new Uint8Array([1]));
    expect(hash).toHaveLength(32);
    expect(sameMac(hash, keyedHash(key, "card", Buffer.from("高"), Buffer.from([1])))).toBe(true);
  });

  test("ok/two tuples that differ, differ, however their parts join", () => {
    const tuple = array(string({ maxLength: 3 }), { minLength: 1, maxLength: 4 });
    assert(
      property(tuple, tuple, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        const hash = ([label, ...parts]: string[]) => keyedHash(key, label!, ...parts);
        expect(sameMac(hash(one), hash(other))).toBe(same);
      }),
      {
        examples: [
          [
            ["l", "ab", "c"],
            ["l", "a", "bc"],
          ],
          [
            ["la", "b"],
            ["l", "ab"],
          ],
          [["l"], ["l", ""]],
        ],
      },
    );
  });

  test("fail/another key or another label gives another hash", () => {
    const hash = keyedHash(key, "card", "1");
    expect(sameMac(hash, keyedHash(randomBytes(32), "card", "1"))).toBe(false);
    expect(sameMac(hash, keyedHash(key, "code", "1"))).toBe(false);
  });

  test("fail/MACs of different lengths are different, and no error", () => {
    expect(sameMac(Buffer.alloc(32), Buffer.alloc(31))).toBe(false);
  });
});
