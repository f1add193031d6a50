import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";
import { OutcomeForm } from "./outcome-form.tsx";
import type { Choice, Person } from "./shapes.ts";

/** Who answers the next logins, and how; and a move without a login. */
export function Choose({ tick }: { tick: number }) {
  const say = useWords();
  const people = useAsked(() => call<{ people: Person[] }>("GET", "/people"), "people", tick);
  const choice = useAsked(() => call<Choice>("GET", "/choice"), "choice");
  const { act, isBusy, problem } = useAct();
  const [told, setTold] = useState<string>();
  const failed = people.problem ?? choice.problem;
  if (!people.value || !choice.value) return failed ? <Refusal problem={failed} /> : <Loading />;
  const chosen = choice.value;
  const choose = (next: Choice) =>
    act(async () => {
      await call("PUT", "/choice", next);
      choice.again();
    });
  const move = () =>
    act(async () => {
      setTold(undefined);
      const { asked } = await call<{ asked: object[] }>("POST", `/people/${chosen.person}/move`, {});
      if (asked.length > 0) await call("POST", `/people/${chosen.person}/answer`, { decision: "confirm" });
      setTold(
        asked.length > 0
          ? say({ ja: "転居し、通知に同意しました。", en: "Moved, and agreed that the parties are told." })
          : say({
              ja: "転居しました。通知への同意がないので、誰にも知らされません。",
              en: "Moved. There is no consent to tell anybody, so nobody is told.",
            }),
      );
    });
  return (
    <section>
      <h2>{say({ ja: "ログインに答える人と、その結果", en: "Who answers a login, and how it ends" })}</h2>
      <p class="quiet">
        {say({
          ja: "ログイン画面の「この端末のアプリを開く」を押すと、この人の端末が開きます。",
          en: "“Open the app on this device” on the login page opens this person's phone.",
        })}
      </p>
      <OutcomeForm people={people.value.people} choice={chosen} isBusy={isBusy} choose={choose} />
      <p>
        <button type="button" class="second" disabled={isBusy} onClick={move}>
          {say({
            ja: "ログインなしで、いま転居して通知に同意する",
            en: "Without a login: move now, and agree",
          })}
        </button>
        <a href={`/pages/phone/?person=${encodeURIComponent(chosen.person)}`}>
          {say({ ja: "この人のスマートフォン", en: "This person's phone" })}
        </a>
      </p>
      {told !== undefined && <p role="status">{told}</p>}
      <Refusal problem={problem} />
    </section>
  );
}
