import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Loading, Offline, Refusal, show } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAsked, useLive } from "../frame/live.ts";

interface Values {
  name: string | null;
  address: string | null;
  dateOfBirth: string | null;
  sex: string | null;
}
interface Account extends Values {
  subject: string;
  customer: string;
  anchorVersion: number;
  changes: {
    anchorVersion: number;
    outcome: string;
    before: Partial<Values>;
    after: Values;
    changedAt: string;
  }[];
}

const labels: [keyof Values, Words][] = [
  ["name", { ja: "氏名", en: "Name" }],
  ["address", { ja: "住所", en: "Address" }],
  ["dateOfBirth", { ja: "生年月日", en: "Date of birth" }],
];

function AccountBook() {
  const say = useWords();
  const [tick, setTick] = useState(0);
  const isUp = useLive(({ kind }) => {
    if (kind === "bank") setTick((before) => before + 1);
  });
  const { value, problem } = useAsked(
    () => call<{ accounts: Account[] }>("GET", "/bank/accounts"),
    "book",
    tick,
  );
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  return (
    <>
      <Offline isUp={isUp} />
      <Refusal problem={problem} />
      {value.accounts.length === 0 && (
        <p class="quiet">
          {say({
            ja: "口座はまだありません。スマートフォンで登録してください。",
            en: "No accounts yet: enrol on the phone.",
          })}
        </p>
      )}
      {value.accounts.map((account) => (
        <section key={account.subject} data-customer={account.customer}>
          <h2>{account.customer}</h2>
          <dl>
            {labels.map(([key, words]) => [
              <dt key={key}>{say(words)}</dt>,
              <dd key={`${key} value`} data-value={key}>
                {account[key] ?? "—"}
              </dd>,
            ])}
            <dt>{say({ ja: "版", en: "Version" })}</dt>
            <dd>{account.anchorVersion}</dd>
          </dl>
          <details>
            <summary>
              {say({ ja: `履歴（${account.changes.length}）`, en: `History (${account.changes.length})` })}
            </summary>
            <ol>
              {account.changes.map(({ anchorVersion, outcome, before, after, changedAt }) => (
                <li key={`${anchorVersion} ${changedAt}`} class="item">
                  <time dateTime={changedAt}>{new Date(changedAt).toLocaleString()}</time> {outcome}
                  {labels
                    .filter(([key]) => before[key] !== after[key])
                    .map(([key, words]) => (
                      <div key={key} class="change">
                        <del>
                          {say(words)}: {before[key] ?? "—"}
                        </del>
                        <span aria-hidden="true">→</span>
                        <ins>{after[key] ?? "—"}</ins>
                      </div>
                    ))}
                </li>
              ))}
            </ol>
          </details>
        </section>
      ))}
    </>
  );
}

show("bank", () => <AccountBook />);
