import { z } from "zod";
import { freezeNewPhone } from "../../../client/app/freeze.ts";
import { newPhonesOf } from "../../persons/new-phones.ts";
import { act } from "../act.ts";
import { SandboxRefusal } from "../refusal.ts";

const order = z.strictObject({
  /** One notice; default: the newest unanswered one. */
  noticeId: z.uuid().optional(),
  /** Also stops every newer phone, at every party. */
  newer: z.literal(true).optional(),
});

/** "This was not me", on the phone that was asked: the new one is stopped. */
export const notMe = act("not-me", order, async (person, { noticeId, newer }) => {
  const { asked } = await newPhonesOf(person);
  const newestFirst = asked.toSorted((a, b) => b.about.at.localeCompare(a.about.at));
  const found = newestFirst.find(({ about }) =>
    noticeId === undefined ? about.mayStop === true && !about.stopped : about.noticeId === noticeId,
  );
  if (!found) throw new SandboxRefusal("NOTHING_WAITS");
  const { gateway } = person.world;
  const frozen = await freezeNewPhone(gateway, found.enrolment, found.about.noticeId, { newer });
  return { ...frozen, phone: found.about.phone, party: found.about.party };
});
