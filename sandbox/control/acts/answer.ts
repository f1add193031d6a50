import { z } from "zod";
import { registeredName } from "../../../protocol/names.ts";
import { atTheCard } from "../../persons/at-the-card.ts";
import { act } from "../act.ts";
import { SandboxRefusal } from "../refusal.ts";

const order = z.strictObject({
  decision: z.enum(["confirm", "decline"]).default("confirm"),
  party: registeredName.optional(),
  /** One question; default: all open ones. */
  id: z.string().max(64).optional(),
  /** For a login: the number on the other screen; default: the one set with `auto`. */
  number: z.number().int().min(10).max(99).optional(),
  /** Inputs if the card signs. */
  ...atTheCard,
});

/** Answers open questions. */
export const answer = act("answer", order, async (person, { decision, party, id, number, ...card }) => {
  const waiting = (await person.questions(party)).filter(
    ({ waiting: { id: its } }) => id === undefined || its === id,
  );
  if (waiting.length === 0) throw new SandboxRefusal("NOTHING_WAITS");
  const hands = person.handsWith({ number, ...card });
  const answered = [];
  for (const question of waiting) {
    const { kind, party } = question.waiting;
    answered.push({ kind, party, ...(await question.answer(decision, hands)) });
  }
  return { answered };
});
