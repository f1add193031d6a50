import { describe, expect, test } from "@jest/globals";
import { CRLReasons } from "@peculiar/asn1-x509";
import { createRefreshActivities } from "../../../activities/change-detection/refresh.ts";
import { JLisBusy, JLisRefusal, JLisUnavailable } from "../../../activities/j-lis/j-lis.ts";
import { addCard, cardReference } from "../../../registry/recognition/persons.ts";
import { firstRecord } from "../notification/people.ts";
import {
  deps,
  issuerKeyId,
  latest,
  matchOf,
  newSerial,
  playJlis,
  plays,
  pool,
  recognitionKey,
  revoked,
  versionsOf,
} from "./detecting.ts";

playJlis();

describe("a refresh", () => {
  test.each<[string, CRLReasons | undefined, string]>([
    ["affiliationChanged", CRLReasons.affiliationChanged, "fetch"],
    ["unspecified", undefined, "fetch"],
    ["superseded", CRLReasons.superseded, "link"],
    ["keyCompromise", CRLReasons.keyCompromise, "operator"],
    ["certificateHold", CRLReasons.certificateHold, "operator"],
    ["cessationOfOperation", CRLReasons.cessationOfOperation, "operator"],
  ])("ok/%s", async (_, reason, kind) => {
    const { hitId } = await revoked(reason);
    expect(await createRefreshActivities(deps()).classifyHit({ hitId })).toEqual({ kind });
  });

  test("ok/a new address is the next version, from one call; a repeat costs none", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    plays.answer = async () => ({ ...latest, certificate: { issuerKeyId, serial: newSerial().hex } });
    const refresher = createRefreshActivities(deps());
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ version: 2, changed: true });
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ changed: false });
    expect(plays.asked).toBe(1);
    expect(await versionsOf(personId)).toEqual([
      expect.objectContaining({ version: 1 }),
      { version: 2, source: "j-lis", changed: ["address"] },
    ]);
    expect(await matchOf(personId)).toMatchObject({ state: "settled", outcome: "changed" });
  });

  test("ok/the same attributes: the new card is linked, with no new version and nobody to notify", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    const serial = newSerial().hex;
    plays.answer = async () => ({
      certificate: { issuerKeyId, serial },
      attributes: { address: firstRecord.address },
    });
    const refresher = createRefreshActivities(deps());
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ version: 1, changed: false });
    const { rows } = await pool.query("select person_id from card_certificates where reference = $1", [
      cardReference(recognitionKey, { issuerKeyId, serial }),
    ]);
    expect(rows).toEqual([{ person_id: personId }]);
  });

  test("ok/where a tap has shown a newer card, J-LIS is not asked", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    const reference = cardReference(recognitionKey, { issuerKeyId, serial: newSerial().hex });
    await addCard(pool, { reference, personId, foundBy: "first-seen" });
    expect(await createRefreshActivities(deps()).classifyHit({ hitId })).toEqual({ kind: "nothing" });
    expect(plays.asked).toBe(0);
  });

  test("fail/without a consent in force J-LIS is not asked", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged, { agreed: false });
    const refresher = createRefreshActivities(deps());
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ changed: false });
    expect(plays.asked).toBe(0);
    expect(await versionsOf(personId)).toHaveLength(1);
  });

  test("fail/nor under a consent whose term has ended, though its row still says in force", async () => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    await pool.query("update consents set valid_until = '2020-01-01' where person_id = $1", [personId]);
    const refresher = createRefreshActivities(deps());
    expect(await refresher.refreshAnchor({ hitId, mode: "fetch" })).toEqual({ changed: false });
    expect(plays.asked).toBe(0);
    expect(await matchOf(personId)).toMatchObject({ state: "settled", outcome: "no-consent" });
  });

  test.each<[string, () => Error, number, number]>([
    [
      "no new certificate yet",
      () => new JLisRefusal("LATEST_CERTIFICATE_NOT_EXISTS"),
      70_000_000,
      100_000_000,
    ],
    ["not synchronised yet", () => new JLisRefusal("NOT_SYNCED_YET"), 70_000_000, 100_000_000],
    ["J-LIS is unavailable", () => new JLisUnavailable("unavailable"), 800_000, 1_000_000],
    ["J-LIS is busy", () => new JLisBusy(5_000), 4_000, 6_000],
  ])("ok/%s: tried again later, and the failure reveals no reason", async (_, made, least, most) => {
    const { personId, hitId } = await revoked(CRLReasons.affiliationChanged);
    plays.answer = async () => {
      throw made();
    };
    const refresher = createRefreshActivities(deps());
    const failure = await refresher.refreshAnchor({ hitId, mode: "fetch" }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: "NOT_SYNCED_YET", nonRetryable: false });
    const delay = (failure as { nextRetryDelay: number }).nextRetryDelay;
    expect(delay).toBeGreaterThan(least);
    expect(delay).toBeLessThan(most);
    expect(JSON.stringify(failure)).not.toMatch(/LATEST_CERTIFICATE|REVOKED/);
    expect((await matchOf(personId)).state).not.toBe("settled");
  });
});
