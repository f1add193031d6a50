import { describe, expect, test } from "@jest/globals";
import { closeErasure } from "../../../registry/person-page/erasure.ts";
import { sealer } from "../notification/people.ts";
import { registry, world } from "./opened-page.ts";
import { bank, formOf, openPageForEachTest } from "./page-visitors.ts";

openPageForEachTest();

describe("erasure", () => {
  test.each([
    ["done", null, "Two operators have erased"],
    ["declined", "kept-by-law", "nothing was erased. We must keep"],
  ] as const)(
    "ok/an erasure that operators closed as %s: the page shows the outcome",
    async (state, reason, says) => {
      const browser = await world.opened(bank);
      await browser.open();
      await browser.press("/erasure", { sure: "yes" });
      const { rows } = await registry.pool.query<{ id: string }>(
        "select id from erasure_requests where person_id = $1",
        [bank.personId],
      );
      const closed = {
        id: rows[0]!.id,
        state,
        reason,
        operationId: crypto.randomUUID(),
        now: world.plays.now,
      };
      await closeErasure(registry.pool, sealer, { ...closed, proof: "approved" });
      const { text } = await browser.open();
      expect(text).toContain(says);
      expect(text).toContain("Ask for erasure");
    },
  );

  test("ok/the person asks for erasure once, and takes it back", async () => {
    const browser = await world.opened(bank);
    expect((await browser.press("/erasure", { sure: "yes" })).text).toContain("You requested it on");
    await browser.press("/erasure", { sure: "yes", form: (await formOf(browser))! });
    const open = () =>
      registry.pool.query("select state from erasure_requests where person_id = $1", [bank.personId]);
    expect((await open()).rows).toEqual([{ state: "open" }]);
    expect((await browser.press("/erasure/take-back")).text).toContain("Ask for erasure");
    expect((await open()).rows).toEqual([{ state: "taken-back" }]);
  });
});
