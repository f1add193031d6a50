import type { Connection } from "../../registry/database.ts";
import { type Everything, everythingOf } from "../../registry/person-page/everything.ts";
import { stateAt } from "../consent/in-force.ts";

/** How many ended entries are shown; entries in force are all shown. */
export const mostEnded = 50;

/** Everything that the person page shows of a person at a given time. */
export async function everythingShown(
  connection: Connection,
  personId: string,
  now: Date,
): Promise<Everything> {
  const everything = await everythingOf(connection, personId, { now, mostEnded });
  const consents = everything.consents.map((each) => ({ ...each, state: stateAt(each, now) }));
  return { ...everything, consents };
}
