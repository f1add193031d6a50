import { z } from "zod";
import { attributeReadPage } from "../../../client/app/attribute-reads.ts";
import { registeredName } from "../../../protocol/names.ts";
import { act } from "../act.ts";

const order = z.strictObject({ party: registeredName.default("abc-bank") });

/** The party's newest reads of the person's attributes: requested, disclosed, and when. */
export const reads = act("reads", order, async (person, { party }) => {
  const enrolment = await person.enrolmentAt(party);
  const { reads: newest } = await attributeReadPage(person.world.gateway, enrolment);
  return { reads: newest.map((each) => ({ ...each, party })) };
});
