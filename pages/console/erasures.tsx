import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";
import { Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import { type ActOf, ProposalForm } from "./proposal-form.tsx";
import { ask, useSession } from "./session.ts";

interface Erasure {
  id: string;
  personId: string;
  askedAt: string;
}

/** The outcome, and the reason if it is declined. */
const outcomes: [string, Words][] = [
  ["done", { ja: "消去した", en: "It has been done" }],
  ["kept-by-law", { ja: "行わない: 法令で保存が必要", en: "Not done: must be kept by law" }],
  ["proceedings", { ja: "行わない: 紛争・手続きで必要", en: "Not done: a dispute or a proceeding" }],
  ["not-wanted", { ja: "行わない: 本人が不要と申し出た", en: "Not done: the person does not want it" }],
];

/** Requests for erasure from the person page: carried out by hand, with the outcome recorded by two people. */
export function Erasures({ issuer, done }: { issuer: string; done: () => void }) {
  const say = useWords();
  const { tick } = useCounts();
  const { value, problem, again } = useAsked(() => ask<{ rows: Erasure[] }>("/erasures"), "erasures", tick);
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  return (
    <section>
      <h2>{say({ ja: "消去の請求", en: "Erasure requests" })}</h2>
      {value.rows.length === 0 && (
        <p class="quiet">{say({ ja: "待っているものはありません。", en: "Nothing is waiting." })}</p>
      )}
      {value.rows.map((erasure) => (
        <Asked
          key={erasure.id}
          erasure={erasure}
          issuer={issuer}
          done={() => {
            again();
            done();
          }}
        />
      ))}
    </section>
  );
}

function Asked(props: { erasure: Erasure; issuer: string; done: () => void }) {
  const { erasure, issuer, done } = props;
  const { id, personId, askedAt } = erasure;
  const say = useWords();
  const { may } = useSession();
  const actOf: ActOf = ({ became }) => ({
    act: "close-erasure",
    erasure: id,
    ...(became === "done" ? { outcome: "done" } : { outcome: "declined", reason: became }),
  });
  return (
    <div class="item" data-erasure={id}>
      <p>
        <code>{personId}</code> · <Time at={askedAt} />
      </p>
      {may.includes("propose") && (
        <ProposalForm
          issuer={issuer}
          button={{ ja: "終了を提案する", en: "Propose to close it" }}
          actOf={actOf}
          done={done}
        >
          <label>
            {say({ ja: "結果（本人に表示されます）", en: "Outcome (shown to the person)" })}
            <select name="became">
              {outcomes.map(([value, words]) => (
                <option key={value} value={value}>
                  {say(words)}
                </option>
              ))}
            </select>
          </label>
        </ProposalForm>
      )}
    </div>
  );
}
