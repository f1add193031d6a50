import { z } from "zod";
import { readInbox } from "../../../client/app/inbox.ts";
import { registeredName } from "../../../protocol/names.ts";
import { eventually } from "../../persons/eventually.ts";
import { ifItLives } from "../../persons/living.ts";
import { act } from "../act.ts";

const nothing = { settled: [], certificates: [] };

const order = z.strictObject({
  /** Default: all parties. */
  party: registeredName.optional(),
  /** How long to wait for an item, at most 30. */
  waitSeconds: z.number().min(0).max(30).default(0),
});

/** What waits for the person, and the outcomes of recent answers. */
export const inbox = act("inbox", order, async (person, { party, waitSeconds }) => {
  if (party !== undefined) await person.enrolmentAt(party);
  const open =
    (await eventually(async () => {
      const found = await person.questions(party);
      return found.length > 0 ? found : undefined;
    }, waitSeconds * 1_000)) ?? [];
  const enrolments = await person.phone.enrolments(party);
  const inboxes = await Promise.all(
    enrolments.map(async (enrolment) => {
      const asked = readInbox(person.world.gateway, enrolment);
      // An ended enrolment is an error only if its party was requested, and does not hide the others.
      const { settled, certificates } = (await (party === undefined ? ifItLives(asked) : asked)) ?? nothing;
      return { settled: settled.map(({ receipt: _receipt, ...each }) => each), certificates };
    }),
  );
  return {
    open: open.map(({ waiting }) => waiting),
    settled: inboxes.flatMap(({ settled }) => settled),
    certificates: inboxes.flatMap(({ certificates }) => certificates),
  };
});
