import { expect, test } from "@jest/globals";
import { change, client, inWorld, now, runIdOf, startForEachTest } from "./consent-environment.ts";
import { ConsentWorld } from "./consent-world.ts";
import { startDevelopmentServer } from "./time-skipping.ts";

/**
 * On the development server: after a run's end that met a change, the time-skipping one (1.40.0) may let every further
 * workflow task of the run time out.
 */
startForEachTest(startDevelopmentServer);

test("ok/a change that comes at the end of a run is answered", async () => {
  const world = new ConsentWorld(now);
  await inWorld(world, async () => {
    await change(world, "grant");
    const first = await runIdOf(world);
    const signals = Array.from({ length: 260 }, () => client.signalAnchorRefreshed(world.consentId, 1));
    await Promise.all(signals);
    // The server takes ten Updates of a run at a time.
    const names = Array.from({ length: 80 }, (_, index) => `renew-${index}`);
    const outcomes: string[] = [];
    const phone = async () => {
      for (let name = names.pop(); name; name = names.pop())
        outcomes.push((await change(world, name, 8_000)).kind);
    };
    await Promise.all(Array.from({ length: 8 }, phone));
    expect(new Set(outcomes)).toEqual(new Set(["applied"]));
    expect(world.row?.revision).toBe(81);
    expect(await runIdOf(world)).not.toBe(first);
    expect(await client.state(world.consentId)).toMatchObject({ revision: 81 });
  });
});
