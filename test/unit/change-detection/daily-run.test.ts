import { describe, expect, test } from "@jest/globals";
import { CRLReasons } from "@peculiar/asn1-x509";
import { type CrlMistakes, entry } from "../card-verification/test-crl.ts";
import { signCaName, TestCa } from "../card-verification/test-pki.ts";
import { dispatch, matchOf, newSerial, person, playJlis, plays, pool, publish, run } from "./detecting.ts";

playJlis();

describe("the daily run", () => {
  test("ok/a new entry of a known person is one CRL match, a stranger's is none, and the same list is not read twice", async () => {
    const { octets, hex } = newSerial();
    const personId = await person(hex);
    publish([entry(newSerial().octets), entry(octets, CRLReasons.affiliationChanged)]);
    expect(await run()).toMatchObject({ parts: 1, refused: 0, entries: 2, newEntries: 2, hits: 1 });
    expect(await run()).toMatchObject({ newEntries: 0, hits: 0 });
    await dispatch();
    expect(plays.signalled).toContain(personId);
    const { rows } = await pool.query("select * from card_revocations where person_id = $1", [personId]);
    expect(JSON.stringify(rows)).not.toContain(hex);
  });

  test("ok/an entry is new where the previous list lacks its serial, whatever its date", async () => {
    const [old, late] = [newSerial(), newSerial()];
    publish([entry(old.octets)]);
    await run();
    // Known to us only after the list had it: the tap's own status answer has spoken for it then.
    await person(old.hex);
    const personId = await person(late.hex);
    publish([entry(old.octets), entry(late.octets)]);
    expect(await run()).toMatchObject({ entries: 2, newEntries: 1, hits: 1 });
    expect(await matchOf(personId)).toMatchObject({ state: "waiting" });
  });

  test.each<[string, CrlMistakes]>([
    ["a wrong signature", { key: new TestCa(signCaName("JPKI-TEST")).keys.privateKey }],
    ["an older list", { thisUpdate: "2026-05-30T15:00:00Z" }],
    ["an ended list", { nextUpdate: "2026-06-01T11:00:00Z" }],
  ])("fail/%s: refused with an alarm, and the earlier state stays", async (_, mistakes) => {
    const [first, second] = [newSerial(), newSerial()];
    publish([entry(first.octets)]);
    await run();
    const personId = await person(second.hex);
    publish([entry(first.octets), entry(second.octets)], mistakes);
    expect(await run()).toMatchObject({ refused: 1, newEntries: 0, hits: 0 });
    expect(await matchOf(personId)).toBeUndefined();
    expect(plays.alarms).toEqual([expect.objectContaining({ alarm: "crl-refused" })]);
    publish([entry(first.octets), entry(second.octets)]);
    expect(await run()).toMatchObject({ refused: 0, newEntries: 1, hits: 1 });
  });

  test("fail/a truncated list is refused too", async () => {
    const { octets, hex } = newSerial();
    const personId = await person(hex);
    publish([entry(octets)]);
    plays.list = plays.list.subarray(0, plays.list.length - 40);
    expect(await run()).toMatchObject({ refused: 1 });
    expect(await matchOf(personId)).toBeUndefined();
  });
});
