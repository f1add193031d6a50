import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { renewAnchor } from "../../../activities/recognition/renew-anchor.ts";
import { type AnchorAttributes, readAnchor } from "../../../registry/anchors.ts";
import { transaction } from "../../../registry/database.ts";
import { sealer } from "../notification/people.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(async () => registry?.close());

const hanako: AnchorAttributes = {
  name: "辻　花子",
  nameSubstitution: "",
  sex: "female",
  dateOfBirth: "319800000",
  address: "東京都港区芝浦１－２－３",
  addressSubstitution: "",
};

/** A person of whom this is proven, one after the other; what each came to. */
async function proven(...steps: Partial<AnchorAttributes>[]) {
  const personId = randomUUID();
  await insert(registry.pool, "persons", { id: personId });
  const outcomes = [];
  for (const step of steps)
    outcomes.push(
      await transaction(registry.pool, (connection) =>
        renewAnchor(connection, sealer, {
          personId,
          proven: step,
          proof: { source: "j-lis", answer: Buffer.from("answer") },
        }),
      ),
    );
  const { attributes } = (await readAnchor(registry.pool, sealer, personId))!;
  return { personId, outcomes, attributes, changed: outcomes.map(({ changed }) => changed) };
}

test("ok/the character behind a substitute is learned, and the next real change is seen", async () => {
  const substituted = { ...hanako, name: "■　花子", nameSubstitution: "1000" };
  const learned = await proven(substituted, { name: "辻　花子", nameSubstitution: "0000" });
  expect(learned.changed).toEqual([[], []]);
  expect(learned.attributes.name).toBe("辻　花子");
  const { changed, attributes } = await proven(
    substituted,
    { name: "辻　花子", nameSubstitution: "0000" },
    { name: "佐藤　花子", nameSubstitution: "00000" },
  );
  expect(changed).toEqual([[], [], ["name"]]);
  expect(attributes.name).toBe("佐藤　花子");
});

test("ok/a whole birth date is learned where the year was known, and another one is a change", async () => {
  const learned = await proven(hanako, { dateOfBirth: "319800415" });
  expect(learned.changed).toEqual([[], []]);
  expect(learned.attributes.dateOfBirth).toBe("319800415");
  const { changed } = await proven(hanako, { dateOfBirth: "319800415" }, { dateOfBirth: "319800620" });
  expect(changed).toEqual([[], [], ["dateOfBirth"]]);
});

test("ok/furigana that comes with an unchanged name is kept", async () => {
  const { changed, attributes } = await proven(hanako, { name: hanako.name, furigana: "ツジ　ハナコ" });
  expect(changed).toEqual([[], []]);
  expect(attributes.furigana).toBe("ツジ　ハナコ");
});
