import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { makePageWorld, type PageWorld, type Person } from "./world.ts";

export let registry: TestRegistry;
export let world: PageWorld;
export let person: Person;

/** For the tests of one file: a registry, and for each test the page and a person. */
export function servePageForEachTest(): void {
  beforeAll(async () => {
    registry = await startTestRegistry();
  });
  afterAll(() => registry?.close());
  beforeEach(async () => {
    world = await makePageWorld(registry.pool);
    person = await world.newPerson();
  });
  afterEach(() => world.close());
}
