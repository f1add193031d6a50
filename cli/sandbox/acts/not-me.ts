import { z } from "zod";
import { freezeNewPhone } from "../../../client/app/freeze.ts";
import { act } from "../act.ts";
import { newPhonesOf } from "../new-phones.ts";
import { SandboxRefusal } from "../refusal.ts";

const order = z.strictObject({
  /** One notice; the newest that is not answered where nothing is said. */
  noticeId: z.uuid().optional(),
});

/** "This was not me", pressed on the phone that was asked: the new one is stopped. */
export const notMe = act("not-me", order, async (person, { noticeId }) => {
  const { asked } = await newPhonesOf(person);
  const newestFirst = asked.toSorted((a, b) => b.about.at.localeCompare(a.about.at));
  const found = newestFirst.find(({ about }) =>
    noticeId === undefined ? !about.stopped : about.noticeId === noticeId,
  );
  if (!found) throw new SandboxRefusal("NOTHING_WAITS");
  const frozen = await freezeNewPhone(person.world.gateway, found.enrolment, found.about.noticeId);
  return { ...frozen, phone: found.about.phone, party: found.about.party };
});
