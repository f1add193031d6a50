import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { useWrite } from "./session.ts";

/** Reasons of RFC 5280 §5.3.1 that an operator may give. */
const reasons: [string, Words][] = [
  ["unspecified", { ja: "その他", en: "Unspecified" }],
  ["keyCompromise", { ja: "鍵の危殆化", en: "The key is compromised" }],
  ["affiliationChanged", { ja: "記載事項の変更", en: "What it says has changed" }],
  ["superseded", { ja: "差し替え", en: "Superseded" }],
  ["cessationOfOperation", { ja: "利用の終了", en: "No longer used" }],
];

/** Proposes that a certificate be revoked; other acts are planned by `kazasu operation plan`. */
export function Propose({ issuer, done }: { issuer: string; done: () => void }) {
  const say = useWords();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { serial, reason, record } = Object.fromEntries(new FormData(form));
    const statement = { act: "revoke", id: crypto.randomUUID(), issuer, record, target: { serial }, reason };
    act(async () => {
      await write("/operations", { statement: JSON.stringify(statement) });
      form.reset();
      done();
    });
  };
  return (
    <section>
      <h2>{say({ ja: "失効を提案する", en: "Propose a revocation" })}</h2>
      <Refusal problem={problem} />
      <form onSubmit={onSubmit}>
        <label>
          {say({ ja: "証明書のシリアル番号", en: "Serial of the certificate" })}
          <input type="text" name="serial" required pattern="([0-9a-f]{2}){1,20}" />
        </label>
        <label>
          {say({ ja: "理由", en: "Reason" })}
          <select name="reason">
            {reasons.map(([value, words]) => (
              <option key={value} value={value}>
                {say(words)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say({ ja: "受付番号（個人情報は書かないでください）", en: "Case number (no personal data)" })}
          <input type="text" name="record" required maxLength={120} pattern="[!-~]+" />
        </label>
        <button type="submit" disabled={isBusy}>
          {say({ ja: "提案する", en: "Propose" })}
        </button>
      </form>
    </section>
  );
}
