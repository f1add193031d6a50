import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ConsoleWorld } from "./world.ts";

let world: ConsoleWorld;
beforeAll(async () => {
  world = await ConsoleWorld.start();
});
afterAll(() => world?.close());

const live = "/console/api/counts/live";

test("ok/a stream ends with the session that it was opened with", async () => {
  const viewer = await world.as("vera");
  world.ahead = 599_500;
  const stream = await viewer.fetch(`${world.url}${live}`);
  world.ahead = 0;
  // Half a second is left of the session: what is read to its end has ended by itself.
  expect(await stream.text()).toContain("event: counts");
});

test("fail/more than two hundred live streams: refused until one is closed", async () => {
  const viewer = await world.as("vera");
  const leaving = new AbortController();
  const looking = new AbortController();
  const open = (signal: AbortSignal) => viewer.fetch(`${world.url}${live}`, { signal });
  const streams = await Promise.all(
    Array.from({ length: 200 }, (_, index) => open(index === 0 ? leaving.signal : looking.signal)),
  );
  expect(streams.every(({ status }) => status === 200)).toBe(true);
  const refused = await open(looking.signal);
  expect(await refused.json()).toMatchObject({ code: "TRY_AGAIN" });
  leaving.abort();
  for (let again = await open(looking.signal); again.status !== 200; again = await open(looking.signal))
    await again.text();
  looking.abort();
});
