import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";
import { Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import { hrefOf } from "./route.ts";
import { ask } from "./session.ts";
import { callWords, stateWords } from "./words.ts";

interface Detection {
  parts: {
    part: string;
    number: string;
    entries: number;
    thisUpdate: string;
    nextUpdate: string;
    readAt: string;
  }[];
  calls: { day: string; kind: string; count: number }[];
}

/** Which lists of J-LIS were read, what was found on them, and the billed calls to J-LIS. */
export function ChangeDetection() {
  const say = useWords();
  const { counts, tick } = useCounts();
  const { value, problem } = useAsked(() => ask<Detection>("/change-detection"), "change-detection", tick);
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  const revocations = (counts ?? []).filter(({ lifecycle }) => lifecycle === "change-detection");
  const days = [...new Set(value.calls.map(({ day }) => day))];
  const kinds = [...new Set(value.calls.map(({ kind }) => kind))].toSorted();
  const of = (day: string, kind: string) =>
    value.calls.find((call) => call.day === day && call.kind === kind)?.count ?? 0;
  return (
    <>
      <Refusal problem={problem} />
      <section>
        <h2>{say({ ja: "本人のカードの失効", en: "Card revocations" })}</h2>
        <ul class="legend">
          {revocations.map(({ state, count }) => (
            <li key={state}>
              <a href={hrefOf("lifecycles", "change-detection", { state })}>{say(stateWords(state))}</a>{" "}
              <strong>{count.toLocaleString()}</strong>
            </li>
          ))}
        </ul>
        {revocations.length === 0 && <p class="quiet">{say({ ja: "まだありません。", en: "None yet." })}</p>}
      </section>
      <section>
        <h2>{say({ ja: "読み込んだ失効リスト", en: "Lists read" })}</h2>
        <div class="wide" tabIndex={0} role="region" aria-label={say({ ja: "失効リスト", en: "Lists" })}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say({ ja: "分割", en: "Part" })}</th>
                <th scope="col">{say({ ja: "番号", en: "Number" })}</th>
                <th scope="col">{say({ ja: "件数", en: "Entries" })}</th>
                <th scope="col">{say({ ja: "読み込み", en: "Read" })}</th>
                <th scope="col">{say({ ja: "次の発行", en: "Next" })}</th>
              </tr>
            </thead>
            <tbody>
              {value.parts.map(({ part, number, entries, readAt, nextUpdate }) => (
                <tr key={part}>
                  <td>{part}</td>
                  <td>{number}</td>
                  <td>{entries.toLocaleString()}</td>
                  <td>
                    <Time at={readAt} />
                  </td>
                  <td>
                    <Time at={nextUpdate} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section>
        <h2>{say({ ja: "有料の照会", en: "Paid calls" })}</h2>
        <div class="wide" tabIndex={0} role="region" aria-label={say({ ja: "有料の照会", en: "Paid calls" })}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say({ ja: "日付（UTC）", en: "Day (UTC)" })}</th>
                {kinds.map((kind) => (
                  <th key={kind} scope="col">
                    {say(callWords(kind))}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {days.map((day) => (
                <tr key={day}>
                  <td>{day}</td>
                  {kinds.map((kind) => (
                    <td key={kind} data-calls={kind}>
                      {of(day, kind).toLocaleString()}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}
