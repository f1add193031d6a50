import { describe, expect, test } from "@jest/globals";
import { encode } from "../../../protocol/encoding.ts";
import { applicationContext, codeContext, makeSealingKey, open, seal } from "../../../protocol/sealing.ts";

const secret = () => crypto.getRandomValues(new Uint8Array(16));

describe("sealing", () => {
  test("ok/what is sealed can be opened, with any generated key", async () => {
    for (let round = 0; round < 24; round++) {
      const { keyPair, point } = await makeSealingKey();
      const code = secret();
      const sealed = await seal(point, code, codeContext("a"));
      expect(encode((await open(keyPair, sealed, codeContext("a"))) ?? new Uint8Array())).toBe(encode(code));
    }
  });

  test("fail/does not open in another context, nor with another key", async () => {
    const [{ keyPair, point }, other] = await Promise.all([makeSealingKey(), makeSealingKey()]);
    const sealed = await seal(point, secret(), codeContext("a"));
    expect(await open(keyPair, sealed, codeContext("b"))).toBeUndefined();
    expect(await open(keyPair, sealed, applicationContext("a"))).toBeUndefined();
    expect(await open(other.keyPair, sealed, codeContext("a"))).toBeUndefined();
  });

  test("fail/a point that is not on the curve cannot be sealed to", async () => {
    await expect(seal(new Uint8Array(65).fill(4), secret(), codeContext("a"))).rejects.toThrow();
  });
});
