import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { SerialList, SerialSet, viewOf } from "../../../pki/crl/serial-list.ts";

const serial = fc.uint8Array({ minLength: 1, maxLength: 20 }).filter(([first]) => first !== 0);

test("ok/a list gives back what was put in, however many", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(serial, fc.nat(10)), { maxLength: 200 }), (given) => {
      const list = new SerialList(1);
      for (const [bytes, reason] of given) list.add(viewOf(bytes), 0, bytes.length, reason);
      expect(given.map((_, index) => [list.serialHex(index), list.reason(index)])).toEqual(
        given.map(([bytes, reason]) => [Buffer.from(bytes).toString("hex"), reason]),
      );
    }),
  );
});

test("ok/a set has its own serials and no others", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(serial, {
        minLength: 2,
        maxLength: 300,
        selector: (one) => Buffer.from(one).toString("hex"),
      }),
      (all) => {
        const half = Math.floor(all.length / 2);
        const lists = [all.slice(0, half), all.slice(half)].map((some) => {
          const list = new SerialList(1);
          for (const bytes of some) list.add(viewOf(bytes), 0, bytes.length, 0);
          return list;
        });
        const set = new SerialSet(lists[0]!);
        for (let index = 0; index < half; index += 1) expect(set.has(lists[0]!.serial(index))).toBe(true);
        for (let index = 0; index < all.length - half; index += 1)
          expect(set.has(lists[1]!.serial(index))).toBe(false);
      },
    ),
    { numRuns: 50 },
  );
});
