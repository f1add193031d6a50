import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";

interface Consent {
  consentId: string;
  kind: string;
  state: string;
  validUntil: string;
}

const kinds: Record<string, Words> = {
  "register-refresh": { ja: "J-LIS への変更の確認", en: "Changes are learnt from J-LIS" },
  disclosure: { ja: "相手先への提供", en: "The party is told" },
  link: { ja: "相手先どうしの連携", en: "Two parties are linked" },
};
const states: Record<string, Words> = {
  "in-force": { ja: "有効", en: "in force" },
  withdrawn: { ja: "撤回済み", en: "withdrawn" },
  expired: { ja: "期限切れ", en: "expired" },
};

/** What the person has agreed to, and the way out of it. */
export function Consents({ person, tick }: { person: string; tick: number }) {
  const say = useWords();
  const { value, problem, again } = useAsked(
    () => call<{ consents: Consent[] }>("POST", `/people/${person}/consents`, {}),
    person,
    tick,
  );
  const { act, isBusy, problem: refused } = useAct();
  return (
    <section>
      <h2>{say({ ja: "同意", en: "Consents" })}</h2>
      <Refusal problem={refused ?? problem} />
      <ul>
        {value?.consents.map(({ consentId, kind, state }) => (
          <li key={consentId} class="item">
            {say(kinds[kind] ?? { ja: kind, en: kind })}: {say(states[state] ?? { ja: state, en: state })}{" "}
            {state === "in-force" && (
              <button
                type="button"
                class="second"
                disabled={isBusy}
                onClick={() =>
                  act(async () => {
                    await call("POST", `/people/${person}/consents`, { withdraw: consentId });
                    again();
                  })
                }
              >
                {say({ ja: "撤回する", en: "Withdraw" })}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
