import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { useWrite } from "./session.ts";

/** Proposes that every phone be stopped of a person who has lost the only one and calls. */
export function ProposeStop({ issuer, done }: { issuer: string; done: () => void }) {
  const say = useWords();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { personOf, record } = Object.fromEntries(new FormData(form));
    const statement = { act: "stop-person", id: crypto.randomUUID(), issuer, record, personOf };
    act(async () => {
      await write("/operations", { statement: JSON.stringify(statement) });
      form.reset();
      done();
    });
  };
  return (
    <section>
      <h2>
        {say({
          ja: "電話で申し出た本人の端末をすべて停止する",
          en: "Stop every phone of a person who calls",
        })}
      </h2>
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
          {say({ ja: "停止を提案する", en: "Propose the stop" })}
        </button>
      </form>
    </section>
  );
}
