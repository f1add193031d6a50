import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import { openPageVisit } from "../../../client/app/page-visit.ts";
import { mostOfEnrolment } from "../../../domain/recognition/card-questions.ts";
import { encode, utf8 } from "../../../protocol/encoding.ts";
import { labels } from "../../../protocol/labels.ts";
import { refuse } from "../../../protocol/refusals.ts";
import { tapOf } from "./browser.ts";
import { person, registry, servePageForEachTest, world } from "./opened-page.ts";
import { cardQuestionsPerHour } from "./world.ts";

/** Each question to the cards' issuer is paid: what leaves for a tap of the page is counted, and so often and no more. */

servePageForEachTest();

/** One answer to a new tap, to be sent as often as somebody likes: always the same bytes. */
async function answerWith(card: string): Promise<() => Promise<string>> {
  const { here } = tapOf(await world.browser().press("/tap"));
  const { visitId, act, via, shownSha256 } = await openPageVisit(world.gateway, here);
  const content = { type: labels.pageVisit, visitId, act, via, shownSha256 };
  const cms = encode(utf8(JSON.stringify({ card, content, at: randomUUID() })));
  return () =>
    world.gateway.answerPageVisit({ visitId, card: cms }).then(
      ({ state }) => state,
      ({ code }: { code: string }) => code,
    );
}

const counted = async () =>
  (await registry.pool.query("select 1 from card_questions where person_id = $1", [person.personId]))
    .rowCount;
const most = mostOfEnrolment(cardQuestionsPerHour);

test.each(["CERTIFICATE_REVOKED", "TRY_AGAIN"] as const)(
  "bad/the same answer forty times at once, its card %s: each question that is sent is counted",
  async (code) => {
    const send = await answerWith(await world.cardOf(person.personId, refuse(code, "played")));
    await Promise.all(Array.from({ length: 40 }, send));
    expect(world.asked.length).toBeLessThanOrEqual(most);
    expect(await counted()).toBe(world.asked.length);
  },
);

test("bad/the same answer repeated while J-LIS is unavailable", async () => {
  const send = await answerWith(await world.cardOf(person.personId, refuse("TRY_AGAIN", "unavailable")));
  const said: string[] = [];
  for (let time = 0; time < most + 2; time += 1) said.push(await send());
  const limited = "TOO_MANY_REQUESTS";
  expect(said).toEqual([...Array<string>(most).fill("TRY_AGAIN"), limited, limited]);
  expect([world.asked.length, await counted()]).toEqual([most, most]);
});

test("bad/many taps: J-LIS is asked about one person no more than the hourly limit", async () => {
  const card = await world.cardOf(person.personId, refuse("TRY_AGAIN", "unavailable"));
  const taps = [];
  for (let tap = 0; tap < 4; tap += 1) taps.push(await answerWith(card));
  await Promise.all(taps.flatMap((send) => Array.from({ length: 5 }, send)));
  expect([world.asked.length, await counted()]).toEqual([cardQuestionsPerHour, cardQuestionsPerHour]);
});

test("ok/an accepted answer has the same outcome again, without asking J-LIS", async () => {
  const send = await answerWith(await world.cardOf(person.personId));
  for (let time = 0; time < 12; time += 1) expect(await send()).toBe("approved");
  expect([world.asked.length, await counted()]).toEqual([1, 1]);
});
