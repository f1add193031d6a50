import { readInbox } from "../../../client/app/inbox.ts";
import { openLogin } from "../../../client/app/login.ts";
import { ifItLives } from "../../persons/living.ts";
import { answerOpened, shownOf } from "../../persons/login.ts";
import type { KindOfQuestion } from "../../persons/question.ts";

/** A login that the party's server asks for (CIBA): is it the person who wants in? */
export const logins: KindOfQuestion = async (gateway, enrolment) => {
  const { logins: waiting } = await readInbox(gateway, enrolment);
  const opened = await Promise.all(
    waiting.map(({ loginId }) => ifItLives(openLogin(gateway, enrolment, { loginId }))),
  );
  return opened.flatMap((login) =>
    login === undefined
      ? []
      : [
          {
            waiting: {
              kind: "login",
              id: login.loginId,
              party: enrolment.party,
              shown: shownOf(login),
            },
            answer: (decision, hands) => answerOpened(gateway, enrolment, login, decision, hands),
          },
        ],
  );
};
