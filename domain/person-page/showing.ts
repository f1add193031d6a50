import type { Connection } from "../../registry/database.ts";
import { type Everything, everythingOf } from "../../registry/person-page/everything.ts";
import { stateAt } from "../consent/in-force.ts";

/** What has ended is shown so far back; what is in force, whole. */
export const mostEnded = 50;

/** Everything of a person that the CA's own page shows, as it stands at a moment. */
export async function everythingShown(
  connection: Connection,
  personId: string,
  now: Date,
): Promise<Everything> {
  const everything = await everythingOf(connection, personId, { now, mostEnded });
  const consents = everything.consents.map((each) => ({ ...each, state: stateAt(each, now) }));
  return { ...everything, consents };
}
