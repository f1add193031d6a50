import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";
import { Opened, type OpenedLogin } from "./opened.tsx";

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
interface Settled {
  notificationId: string;
  party: string;
  attributes: string[];
  state: string;
  delivery: string;
  outcome?: string;
}

const attributes: Record<string, Words> = {
  name: { ja: "氏名", en: "Name" },
  address: { ja: "住所", en: "Address" },
  dateOfBirth: { ja: "生年月日", en: "Date of birth" },
  sex: { ja: "性別", en: "Sex" },
};
export const named = (attribute: string): Words => attributes[attribute] ?? { ja: attribute, en: attribute };

const states: Record<string, Words> = {
  confirmed: { ja: "伝えました", en: "told" },
  declined: { ja: "伝えませんでした", en: "not told" },
  superseded: { ja: "新しい変更に置き換わりました", en: "replaced by a newer change" },
  expired: { ja: "期限が切れました", en: "expired" },
  withdrawn: { ja: "同意が撤回されました", en: "the consent was withdrawn" },
};
const outcomes: Record<string, Words> = {
  applied: { ja: "相手先が反映しました", en: "the party has written it down" },
  "manual-review": { ja: "相手先が確認しています", en: "the party looks at it" },
  rejected: { ja: "相手先が反映しませんでした", en: "the party has not taken it" },
};

/** What waits for the person, and what became of the last. */
export function Inbox({ person, tick }: { person: string; tick: number }) {
  const say = useWords();
  const { value, problem, again } = useAsked(
    () => call<{ open: Open[]; settled: Settled[] }>("POST", `/people/${person}/inbox`, {}),
    person,
    tick,
  );
  const { act, isBusy, problem: refused } = useAct();
  const answer = (id: string, decision: "confirm" | "decline", number?: number) =>
    act(async () => {
      try {
        await call("POST", `/people/${person}/answer`, {
          id,
          decision,
          ...(number === undefined ? {} : { number }),
        });
      } finally {
        again();
      }
    });
  return (
    <section aria-live="polite">
      <h2>{say({ ja: "お知らせ", en: "Waiting for you" })}</h2>
      <Refusal problem={refused ?? problem} />
      {value?.open.length === 0 && (
        <p class="quiet">{say({ ja: "待っているものはありません。", en: "Nothing waits." })}</p>
      )}
      <ul>
        {value?.open.map((open) => (
          <li key={open.id} class="item">
            {open.kind === "change" ? (
              <>
                <p>
                  {say({
                    ja: `${open.party} に次の変更を伝えますか。`,
                    en: `Tell ${open.party} of this change?`,
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
                  {say({ ja: "伝える", en: "Tell them" })}
                </button>
                <button
                  type="button"
                  class="second"
                  disabled={isBusy}
                  onClick={() => answer(open.id, "decline")}
                >
                  {say({ ja: "伝えない", en: "Do not tell" })}
                </button>
              </>
            ) : (
              <Opened
                shown={open.shown}
                isBusy={isBusy}
                answer={(decision, number) => answer(open.id, decision, number)}
              />
            )}
          </li>
        ))}
      </ul>
      <ul class="quiet">
        {value?.settled.slice(0, 5).map(({ notificationId, party, attributes: changed, state, outcome }) => (
          <li key={notificationId}>
            {party}: {changed.map((each) => say(named(each))).join("、")}{" "}
            {say(states[state] ?? { ja: state, en: state })}
            {outcome === undefined ? "" : ` · ${say(outcomes[outcome] ?? { ja: outcome, en: outcome })}`}
          </li>
        ))}
      </ul>
    </section>
  );
}
