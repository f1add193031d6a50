import { useState } from "preact/hooks";
import "../developer/developer.css";
import { OutcomeForm } from "../developer/outcome-form.tsx";
import type { Choice, Person } from "../developer/shapes.ts";
import { call, type Problem } from "../frame/calls.ts";
import { Loading, Refusal, show } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";

interface Played {
  state?: "approved" | "declined";
  returnTo?: string;
  refused?: Problem;
}

/** The login's link with which the page was opened. */
const link = new URLSearchParams(location.hash.slice(1)).get("link");

/** Plays the phone of a test person for a login in this browser: what a phone does that opens the link in its app. */
function App() {
  const say = useWords();
  if (link === null)
    return (
      <p>
        {say({
          ja: "ログイン画面の「この端末のアプリを開く」から開いてください。",
          en: "Open this from “Open the app on this device” on a login page.",
        })}
      </p>
    );
  return <Login link={link} />;
}

function Login({ link }: { link: string }) {
  const say = useWords();
  const login = useAsked(
    () => call<{ party: { id: string; name: Words } }>("GET", `/logins?${new URLSearchParams({ link })}`),
    link,
  );
  const people = useAsked(() => call<{ people: Person[] }>("GET", "/people"), "people");
  const choice = useAsked(() => call<Choice>("GET", "/choice"), "choice");
  const [own, setOwn] = useState<Choice>();
  const [played, setPlayed] = useState<Played>();
  const { act, isBusy, problem } = useAct();
  const failed = login.problem ?? people.problem ?? choice.problem;
  if (!login.value || !people.value || !choice.value)
    return failed ? <Refusal problem={failed} /> : <Loading />;
  const { party } = login.value;
  const chosen = own ?? choice.value;
  const isEnrolled = people.value.people.some(
    ({ person, enrolments }) =>
      person === chosen.person && enrolments.some((enrolment) => enrolment.party === party.id),
  );
  const answer = () =>
    act(async () => {
      setPlayed(undefined);
      const answered = await call<Played>("POST", "/logins", { link, ...chosen });
      if (answered.returnTo !== undefined) location.replace(answered.returnTo);
      // The login page sees for itself that the login has ended.
      else if (answered.state === "declined") history.back();
      else setPlayed(answered);
    });
  return (
    <section data-login={party.id}>
      <p>
        {say({ ja: "ログインを求めているのは", en: "A login is requested by" })}{" "}
        <strong>{say(party.name)}</strong>
      </p>
      <OutcomeForm people={people.value.people} choice={chosen} isBusy={isBusy} choose={setOwn} />
      {!isEnrolled && (
        <p>
          {say({
            ja: "この人はまだ登録していません。先にワンタップで登録します。",
            en: "This person is not enrolled here yet: one tap enrols them first.",
          })}
        </p>
      )}
      <button type="button" autofocus disabled={isBusy} onClick={answer}>
        {isBusy
          ? say({ ja: "端末が答えています…", en: "The phone is answering…" })
          : say({ ja: "この結果で答える", en: "Answer like this" })}
      </button>
      <Refusal problem={problem ?? played?.refused} />
      {played && (
        <p role="status">
          {say({
            ja: "ログインは完了していません。ログイン画面に戻り、中止するか、別の人で試してください。",
            en: "The login is not done. Go back to the login page, and cancel there or try another person.",
          })}{" "}
          <button type="button" class="second" onClick={() => history.back()}>
            {say({ ja: "ログイン画面に戻る", en: "Back to the login page" })}
          </button>
        </p>
      )}
    </section>
  );
}

show("app", () => <App />, { ja: "スマートフォン（サンドボックス）", en: "The phone (sandbox)" });
