import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { makeWorld, type Person, type World } from "./world.ts";

export let registry: TestRegistry;
export let world: World;
export let person: Person;

/** For the tests of one file: a registry, and for each test the activities on it and a person. */
export function playConsents(): void {
  beforeAll(async () => {
    registry = await startTestRegistry();
  });
  afterAll(() => registry?.close());
  beforeEach(async () => {
    world = await makeWorld(registry.pool);
    person = await world.newPerson();
  });
}
