import { useWords, type Words } from "../frame/language.tsx";
import { ProposalForm } from "./proposal-form.tsx";

const acts = {
  "stop-person": {
    title: { ja: "電話で申し出た本人の端末をすべて停止する", en: "Stop every phone of a person who calls" },
    propose: { ja: "停止を提案する", en: "Propose the stop" },
  },
  "withdraw-consents": {
    title: {
      ja: "電話で申し出た本人の同意をすべて撤回する",
      en: "Withdraw every consent of a person who calls",
    },
    propose: { ja: "撤回を提案する", en: "Propose the withdrawal" },
  },
} as const satisfies Record<string, { title: Words; propose: Words }>;

/** Proposes an act for a person who has lost their only phone and calls. */
export function ProposeForCaller(props: { act: keyof typeof acts; issuer: string; done: () => void }) {
  const { act, issuer, done } = props;
  const { title, propose } = acts[act];
  const say = useWords();
  return (
    <section>
      <h2>{say(title)}</h2>
      <ProposalForm
        issuer={issuer}
        button={propose}
        actOf={({ personOf }) => ({ act, personOf })}
        done={done}
      >
        <label>
          {say({ ja: "本人の登録の一つ（ID）", en: "One enrolment of the person (id)" })}
          <input type="text" name="personOf" required pattern="[0-9a-f-]{36}" />
        </label>
      </ProposalForm>
    </section>
  );
}
