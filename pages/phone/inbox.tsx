import { useEffect } from "preact/hooks";
import { named } from "../frame/attributes.ts";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";
import { Opened, type OpenedLogin, type Signing } from "./opened.tsx";
import { isUnderWay, type Settled, SettledList } from "./settled.tsx";

interface Change {
  attribute: string;
  from: string;
  to: string;
}
interface Waiting {
  id: string;
  party: string;
}
type Open =
  | (Waiting & { kind: "change"; shown: { changes: Change[] } })
  | (Waiting & { kind: "login"; shown: OpenedLogin });
/** The polling interval while an answer is being delivered; the party sends no notification when it has applied it. */
const lookEveryMs = 2_000;

/** What waits for the person, and the outcomes of recent answers. */
export function Inbox({ person, tick }: { person: string; tick: number }) {
  const say = useWords();
  const { value, problem, again } = useAsked(
    () => call<{ open: Open[]; settled: Settled[] }>("POST", `/people/${person}/inbox`, {}),
    person,
    tick,
  );
  const { act, isBusy, problem: refused } = useAct();
  const waits = value?.settled.some(isUnderWay) ?? false;
  useEffect(() => {
    if (!waits) return;
    const looking = setInterval(again, lookEveryMs);
    return () => clearInterval(looking);
  }, [waits]);
  const answer = (id: string, decision: "confirm" | "decline", signing: Signing = {}) =>
    act(async () => {
      try {
        await call("POST", `/people/${person}/answer`, { id, decision, ...signing });
      } finally {
        again();
      }
    });
  return (
    <section aria-live="polite">
      <h2>{say({ ja: "お知らせ", en: "Waiting for you" })}</h2>
      <Refusal problem={refused ?? problem} />
      {value?.open.length === 0 && (
        <p class="quiet">{say({ ja: "待っているものはありません。", en: "Nothing is waiting." })}</p>
      )}
      <ul>
        {value?.open.map((open) => (
          <li key={open.id} class="item">
            {open.kind === "change" ? (
              <>
                <p>
                  {say({
                    ja: `${open.party} に次の変更を伝えますか。`,
                    en: `Notify ${open.party} of this change?`,
                  })}
                </p>
                {open.shown.changes.map(({ attribute, from, to }) => (
                  <div key={attribute} class="change">
                    <del>
                      {say(named(attribute))}: {from}
                    </del>
                    <span aria-hidden="true">→</span>
                    <ins>{to}</ins>
                  </div>
                ))}
                <button type="button" disabled={isBusy} onClick={() => answer(open.id, "confirm")}>
                  {say({ ja: "伝える", en: "Notify them" })}
                </button>
                <button
                  type="button"
                  class="second"
                  disabled={isBusy}
                  onClick={() => answer(open.id, "decline")}
                >
                  {say({ ja: "伝えない", en: "Do not notify" })}
                </button>
              </>
            ) : (
              <Opened
                shown={open.shown}
                isBusy={isBusy}
                problem={refused}
                answer={(decision, signing) => answer(open.id, decision, signing)}
              />
            )}
          </li>
        ))}
      </ul>
      <SettledList settled={value?.settled ?? []} />
    </section>
  );
}
