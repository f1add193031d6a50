import { call } from "../frame/calls.ts";
import { useWords } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";
import { named } from "./inbox.tsx";

interface Read {
  at: string;
  party: string;
  attributes: string[];
}

/** Who has read what, and when. */
export function Reads({ person, tick }: { person: string; tick: number }) {
  const say = useWords();
  const { value } = useAsked(
    () => call<{ reads: Read[] }>("POST", `/people/${person}/reads`, {}),
    person,
    tick,
  );
  return (
    <section>
      <h2>{say({ ja: "誰が何を読んだか", en: "Who has read what" })}</h2>
      {value?.reads.length === 0 && <p class="quiet">{say({ ja: "まだありません。", en: "Nobody yet." })}</p>}
      <ul>
        {value?.reads.map(({ at, party, attributes }, index) => (
          <li key={index}>
            <time dateTime={at}>{new Date(at).toLocaleString()}</time> {party}:{" "}
            {attributes.map((each) => say(named(each))).join("、")}
          </li>
        ))}
      </ul>
    </section>
  );
}
