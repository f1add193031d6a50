import { z } from "zod";
import { listAttributeReads } from "../../../client/app/attribute-reads.ts";
import { registeredName } from "../../../protocol/names.ts";
import { act } from "../act.ts";

const order = z.strictObject({ party: registeredName.default("abc-bank") });

/** What the party has read of the person, and when. */
export const reads = act("reads", order, async (person, { party }) => {
  const enrolment = await person.enrolmentAt(party);
  const list = await listAttributeReads(person.world.gateway, enrolment);
  return { reads: list.map((each) => ({ ...each, party })) };
});
