import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";
import { Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import { ask, useSession, useWrite } from "./session.ts";

interface Erasure {
  id: string;
  personId: string;
  askedAt: string;
}

/** What persons asked to have erased, on the CA's own page: done by hand, and said here. */
export function Erasures() {
  const say = useWords();
  const { tick } = useCounts();
  const { value, problem, again } = useAsked(() => ask<{ rows: Erasure[] }>("/erasures"), "erasures", tick);
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  return (
    <section>
      <h2>{say({ ja: "消去の請求", en: "Erasure asked for" })}</h2>
      {value.rows.length === 0 && (
        <p class="quiet">{say({ ja: "待っているものはありません。", en: "Nothing waits." })}</p>
      )}
      {value.rows.map((erasure) => (
        <Asked key={erasure.id} erasure={erasure} done={again} />
      ))}
    </section>
  );
}

function Asked({ erasure: { id, personId, askedAt }, done }: { erasure: Erasure; done: () => void }) {
  const say = useWords();
  const { may } = useSession();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const { record } = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement));
    act(async () => {
      await write(`/erasures/${id}/done`, { record });
      done();
    });
  };
  return (
    <div class="item" data-erasure={id}>
      <p>
        <code>{personId}</code> · <Time at={askedAt} />
      </p>
      <Refusal problem={problem} />
      {may.includes("propose") && (
        <form onSubmit={onSubmit}>
          <label>
            {say({ ja: "受付番号（個人情報は書かないでください）", en: "Case number (no personal data)" })}
            <input type="text" name="record" required maxLength={120} pattern="[!-~]+" />
          </label>
          <button type="submit" disabled={isBusy}>
            {say({ ja: "処理を終えた", en: "It has been seen to" })}
          </button>
        </form>
      )}
    </div>
  );
}
