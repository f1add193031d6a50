import { call } from "../frame/calls.ts";
import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";
import { AccountDetails } from "./account.tsx";
import type { Account } from "./customer.ts";

/** The accounts, as the bank's staff see them. */
export function Accounts({ tick }: { tick: number }) {
  const say = useWords();
  const { value, problem } = useAsked(
    () => call<{ accounts: Account[] }>("GET", "/bank/accounts"),
    "accounts",
    tick,
  );
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  return (
    <>
      <h2>{say({ ja: "口座台帳（行員の画面）", en: "Accounts (staff view)" })}</h2>
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
          <h3>{account.customer}</h3>
          <AccountDetails account={account} />
        </section>
      ))}
    </>
  );
}
