import { listOf } from "../frame/attributes.ts";
import { useWords, type Words } from "../frame/language.tsx";

/** The outcome of an answer, as reported by the CA. */
export interface Settled {
  notificationId: string;
  party: string;
  attributes: string[];
  state: string;
  delivery: string;
  outcome?: string;
  tries?: number;
}

const states: Record<string, Words> = {
  declined: { ja: "伝えませんでした", en: "not sent" },
  superseded: { ja: "新しい変更に置き換わりました", en: "replaced by a newer change" },
  expired: { ja: "期限が切れました", en: "expired" },
  withdrawn: { ja: "同意が撤回されました", en: "the consent was withdrawn" },
};
const outcomes: Record<string, Words> = {
  applied: { ja: "相手先が反映しました", en: "changed by the party" },
  "manual-review": { ja: "届きました · 相手先が確認しています", en: "delivered · the party is checking it" },
  rejected: { ja: "届きました · 相手先が反映しませんでした", en: "delivered · not applied by the party" },
};
const deliveries: Record<string, Words> = {
  delivered: { ja: "届きました", en: "delivered" },
  acknowledged: { ja: "届きました", en: "delivered" },
  "dead-lettered": {
    ja: "届けられませんでした。認証局が相手先に確認します",
    en: "could not be delivered; the CA asks the party",
  },
  cancelled: { ja: "同意が終わったため、伝えませんでした", en: "not sent, because the consent ended" },
};

/** From the confirmation to the party's acknowledgement: each state is what the CA knows. */
export function stateOf({ state, delivery, outcome, tries = 0 }: Settled): Words {
  if (state !== "confirmed") return states[state] ?? { ja: state, en: state };
  if (outcome !== undefined) return outcomes[outcome] ?? { ja: outcome, en: outcome };
  if (delivery === "pending")
    return tries === 0
      ? { ja: "送っています", en: "being sent" }
      : { ja: "まだ届いていません。届くまで送り続けます", en: "not delivered yet; retrying" };
  return deliveries[delivery] ?? { ja: "確認しました", en: "confirmed" };
}

/** Whether another state will follow. */
export const isUnderWay = ({ state, delivery, outcome }: Settled): boolean =>
  state === "confirmed" && outcome === undefined && ["pending", "delivered"].includes(delivery);

const mostShown = 5;

/** The outcomes of recent answers, including all that are in progress. */
export function SettledList({ settled }: { settled: readonly Settled[] }) {
  const say = useWords();
  const shown = settled.filter((each, index) => index < mostShown || isUnderWay(each));
  return (
    <ul class="quiet">
      {shown.map((each) => (
        <li key={each.notificationId}>
          {each.party}: {say(listOf(each.attributes))} · <span role="status">{say(stateOf(each))}</span>
        </li>
      ))}
    </ul>
  );
}
