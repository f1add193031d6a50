import { useWords, type Words } from "../frame/language.tsx";
import { ProposalForm } from "./proposal-form.tsx";

/** Reasons of RFC 5280 §5.3.1 that an operator may choose. */
const reasons: [string, Words][] = [
  ["unspecified", { ja: "その他", en: "Unspecified" }],
  ["keyCompromise", { ja: "鍵の危殆化", en: "The key is compromised" }],
  ["affiliationChanged", { ja: "記載事項の変更", en: "What it says has changed" }],
  ["superseded", { ja: "差し替え", en: "Superseded" }],
  ["cessationOfOperation", { ja: "利用の終了", en: "No longer used" }],
];

/** Proposes the revocation of a certificate; other acts are planned by `kazasu operation plan`. */
export function Propose({ issuer, done }: { issuer: string; done: () => void }) {
  const say = useWords();
  return (
    <section>
      <h2>{say({ ja: "失効を提案する", en: "Propose a revocation" })}</h2>
      <ProposalForm
        issuer={issuer}
        button={{ ja: "提案する", en: "Propose" }}
        actOf={({ serial, reason }) => ({ act: "revoke", target: { serial }, reason })}
        done={done}
      >
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
      </ProposalForm>
    </section>
  );
}
