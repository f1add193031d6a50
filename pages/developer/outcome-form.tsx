import { useWords } from "../frame/language.tsx";
import { type Choice, outcomes, outcomeWords, type Person, seenWords } from "./shapes.ts";

/** A person and an outcome, to choose from. */
export function OutcomeForm(props: {
  people: readonly Person[];
  choice: Choice;
  isBusy: boolean;
  choose: (next: Choice) => void;
}) {
  const { people, choice, isBusy, choose } = props;
  const say = useWords();
  const chosen = people.find(({ person }) => person === choice.person);
  return (
    <>
      <label>
        {say({ ja: "人物", en: "Person" })}
        <select
          name="person"
          value={choice.person}
          disabled={isBusy}
          onChange={({ currentTarget }) => choose({ ...choice, person: currentTarget.value })}
        >
          {people.map(({ person, name }) => (
            <option key={person} value={person}>
              {person}（{name}）
            </option>
          ))}
        </select>
      </label>
      {chosen && <p class="quiet">{say(chosen.expect)}</p>}
      <fieldset disabled={isBusy}>
        <legend>{say({ ja: "結果", en: "Outcome" })}</legend>
        {outcomes.map((each) => (
          <label key={each} class="choice">
            <input
              type="radio"
              name="outcome"
              value={each}
              checked={each === choice.outcome}
              onChange={() => choose({ ...choice, outcome: each })}
            />{" "}
            {say(outcomeWords[each])}
          </label>
        ))}
      </fieldset>
      <p class="quiet" aria-live="polite">
        {say(seenWords[choice.outcome])}
      </p>
    </>
  );
}
