import type { Connection } from "../../registry/database.ts";
import { type Everything, everythingOf } from "../../registry/person-page/everything.ts";
import { stateAt } from "../consent/in-force.ts";

/** How far back ended items are shown; those in force are always shown. */
export const mostEnded = 50;

/** Everything that the person page shows, as of a time. */
export async function everythingShown(
  connection: Connection,
  personId: string,
  now: Date,
): Promise<Everything> {
  const everything = await everythingOf(connection, personId, { now, mostEnded });
  const consents = everything.consents.map((each) => ({ ...each, state: stateAt(each, now) }));
  return { ...everything, consents };
}
