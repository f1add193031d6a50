import { answerChange, readInbox } from "../../../client/app/inbox.ts";
import type { KindOfQuestion } from "../../persons/question.ts";

/** A change of the person's attributes: may the party be notified? */
export const changes: KindOfQuestion = async (gateway, enrolment) => {
  const { open } = await readInbox(gateway, enrolment);
  return open.map(({ notificationId, change, shown, expiresAt }) => ({
    waiting: {
      kind: "change",
      id: notificationId,
      party: enrolment.party,
      shown: { changes: change.changes, anchorVersion: change.anchorVersion, expiresAt },
    },
    answer: (decision) => answerChange(gateway, enrolment, { notificationId, shown, decision }),
  }));
};
