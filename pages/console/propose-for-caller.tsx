import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { useWrite } from "./session.ts";

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

/** Proposes what is done for a person who has lost the only phone and calls. */
export function ProposeForCaller(props: { act: keyof typeof acts; issuer: string; done: () => void }) {
  const { act: asked, issuer, done } = props;
  const { title, propose } = acts[asked];
  const say = useWords();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { personOf, record } = Object.fromEntries(new FormData(form));
    const statement = { act: asked, id: crypto.randomUUID(), issuer, record, personOf };
    act(async () => {
      await write("/operations", { statement: JSON.stringify(statement) });
      form.reset();
      done();
    });
  };
  return (
    <section>
      <h2>{say(title)}</h2>
      <Refusal problem={problem} />
      <form onSubmit={onSubmit}>
        <label>
          {say({ ja: "本人の登録の一つ（ID）", en: "One enrolment of the person (id)" })}
          <input type="text" name="personOf" required pattern="[0-9a-f-]{36}" />
        </label>
        <label>
          {say({ ja: "受付番号（個人情報は書かないでください）", en: "Case number (no personal data)" })}
          <input type="text" name="record" required maxLength={120} pattern="[!-~]+" />
        </label>
        <button type="submit" disabled={isBusy}>
          {say(propose)}
        </button>
      </form>
    </section>
  );
}
