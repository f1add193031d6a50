import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { transaction } from "../../../registry/database.ts";
import { backchannelLoad } from "../../../registry/login/logins.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let postgres: TestRegistry;
beforeAll(async () => {
  postgres = await startTestRegistry();
});
afterAll(() => postgres.close());

test("fail/other parties' requests to a person are not counted: a party would learn of them", async () => {
  const [personId, now] = [randomUUID(), new Date()];
  const counted = await transaction(postgres.pool, async (connection) => {
    // The rows have nothing of the person and the parties they would belong to.
    await connection.query("set local session_replication_role = replica");
    for (const party of ["bank", "clinic", "power", "gas", "water", "rail"])
      await insert(connection, "logins", {
        id: randomUUID(),
        channel: "backchannel",
        party_id: party,
        person_id: personId,
        client_id: "site",
        acr: "device",
        shown: Buffer.of(0),
        shown_sha256: "shown",
        number: 1,
        decoys: [2, 3],
        created_at: now,
        expires_at: new Date(now.getTime() + 60_000),
      });
    const since = new Date(now.getTime() - 60_000);
    return Promise.all(
      ["bank", "shop"].map((partyId) => backchannelLoad(connection, { personId, partyId, since, now })),
    );
  });
  expect(counted).toEqual([[{ createdAt: now, isOpen: true }], []]);
});
