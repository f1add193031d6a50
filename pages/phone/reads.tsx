import { listOf } from "../frame/attributes.ts";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";

interface Read {
  at: string;
  party: string;
  attributes: string[];
  asked?: string[];
}

/** What a party has requested and received, and when. */
export function Reads({ person, party, tick }: { person: string; party: string; tick: number }) {
  const say = useWords();
  const { value, problem } = useAsked(
    () => call<{ reads: Read[] }>("POST", `/people/${person}/reads`, { party }),
    `${person} ${party}`,
    tick,
  );
  return (
    <section>
      <h2>{say({ ja: `誰が何を読んだか（${party}）`, en: `Who has read what (${party})` })}</h2>
      <Refusal problem={problem} />
      {value?.reads.length === 0 && <p class="quiet">{say({ ja: "まだありません。", en: "Nobody yet." })}</p>}
      <ul>
        {value?.reads.map((read, index) => (
          <li key={index}>
            <time dateTime={read.at}>{new Date(read.at).toLocaleString()}</time> {read.party}:{" "}
            <Given read={read} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The disclosed attributes, and the requested ones if they differ. */
function Given({ read: { attributes, asked = attributes } }: { read: Read }) {
  const say = useWords();
  const missing = asked.filter((each) => !attributes.includes(each));
  return (
    <>
      {attributes.length === 0
        ? say({ ja: "何も渡していません", en: "nothing was given" })
        : say(listOf(attributes))}
      {missing.length > 0 &&
        say({
          ja: `（求められたが渡していないもの: ${listOf(missing).ja}）`,
          en: ` (asked for and not given: ${listOf(missing).en})`,
        })}
    </>
  );
}
