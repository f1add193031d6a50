import { useWords, type Words } from "../frame/language.tsx";
import type { Account, Values } from "./customer.ts";

const labels: [keyof Values, Words][] = [
  ["name", { ja: "氏名", en: "Name" }],
  ["address", { ja: "住所", en: "Address" }],
  ["dateOfBirth", { ja: "生年月日", en: "Date of birth" }],
];

/** What the bank has stored about a customer, and its sources. */
export function AccountDetails({ account }: { account: Account }) {
  const say = useWords();
  return (
    <>
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
    </>
  );
}
