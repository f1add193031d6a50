import { describe, expect, test } from "@jest/globals";
import { acceptedApplication } from "./accepted-application.ts";
import { playSigning, registry, signing } from "./signing-world.ts";

playSigning();

const applied = () => acceptedApplication(registry.pool);

describe("wrong codes are counted by Postgres", () => {
  const stateOf = async (enrolmentId: string) =>
    (
      await registry.pool.query("select state, ended_why, sealed_code from enrolments where id = $1", [
        enrolmentId,
      ])
    ).rows[0];

  test("fail/the third wrong code ends the application, and the right one comes too late", async () => {
    const { enrolmentId, activationId, withCode } = await applied();
    const ids = [await withCode("a"), await withCode("b"), await withCode("c")];
    const tried = [];
    // Each is judged twice: a run again, as after a crash or a reset, is the same try.
    for (const id of ids)
      tried.push(await signing().issue({ activationId: id }), await signing().issue({ activationId: id }));
    expect(tried.map((outcome) => ("triesLeft" in outcome ? outcome.triesLeft : undefined))).toEqual([
      2,
      2,
      1,
      1,
      undefined,
      undefined,
    ]);
    expect(tried.slice(4)).toMatchObject([{ code: "CODE_LOCKED" }, { code: "CODE_LOCKED" }]);
    expect(await signing().issue({ activationId })).toMatchObject({ code: "CODE_LOCKED" });
    expect(await stateOf(enrolmentId)).toEqual({ state: "ended", ended_why: "locked", sealed_code: null });
  });

  test("fail/ten at once: two are answered as wrong, the third ends the application and refuses the rest", async () => {
    const { enrolmentId, withCode } = await applied();
    const ids = await Promise.all(Array.from({ length: 10 }, (_, index) => withCode(`${index}`)));
    const outcomes = await Promise.all(ids.map((id) => signing().issue({ activationId: id })));
    const codes = outcomes.map((outcome) => ("code" in outcome ? outcome.code : outcome.kind));
    expect(codes.filter((code) => code === "CODE_WRONG")).toHaveLength(2);
    expect(codes.filter((code) => code === "CODE_LOCKED")).toHaveLength(8);
    expect(await stateOf(enrolmentId)).toMatchObject({ state: "ended" });
  });

  test("ok/two wrong codes, then the right one; a wrong code after that changes nothing", async () => {
    const { enrolmentId, activationId, withCode } = await applied();
    for (const code of ["a", "b"]) await signing().issue({ activationId: await withCode(code) });
    expect(await signing().issue({ activationId })).toMatchObject({ kind: "issued" });
    expect(await signing().issue({ activationId: await withCode("c") })).toMatchObject({
      code: "CODE_WRONG",
      triesLeft: 0,
    });
    expect(await stateOf(enrolmentId)).toMatchObject({ state: "active" });
  });
});
