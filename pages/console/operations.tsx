import { useState } from "preact/hooks";
import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";
import { approvalBy } from "./approval.ts";
import { Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import { Erasures } from "./erasures.tsx";
import { Propose } from "./propose.tsx";
import { ProposeForCaller } from "./propose-for-caller.tsx";
import { ask, useSession, useWrite } from "./session.ts";

interface Proposal {
  id: string;
  statement: string;
  proposedBy: string;
  createdAt: string;
  approvedBy: string[];
}
interface Proposals {
  issuer: string;
  needed: number | null;
  rows: Proposal[];
}

/** Acts that require two people: proposed by one, approved by others, each with their own key. */
export function Operations() {
  const say = useWords();
  const { may } = useSession();
  const { tick } = useCounts();
  const { value, problem, again } = useAsked(() => ask<Proposals>("/operations"), "operations", tick);
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  return (
    <>
      <Refusal problem={problem} />
      {value.needed === null && (
        <p class="refusal" role="status">
          {say({
            ja: "この認証局では承認者の鍵が登録されていません（KAZASU_OPERATORS）。提案はできますが、承認はできません。",
            en: "This CA has no approvers' keys (KAZASU_OPERATORS): operations can be proposed, but not approved.",
          })}
        </p>
      )}
      {may.includes("propose") && <Propose issuer={value.issuer} done={again} />}
      {may.includes("propose") && <ProposeForCaller act="stop-person" issuer={value.issuer} done={again} />}
      {may.includes("propose") && (
        <ProposeForCaller act="withdraw-consents" issuer={value.issuer} done={again} />
      )}
      <section>
        <h2>{say({ ja: "承認待ち", en: "Waiting for approval" })}</h2>
        {value.rows.length === 0 && (
          <p class="quiet">{say({ ja: "待っているものはありません。", en: "Nothing is waiting." })}</p>
        )}
        {value.rows.map((proposal) => (
          <Waiting key={proposal.id} proposal={proposal} needed={value.needed} done={again} />
        ))}
      </section>
      <Erasures issuer={value.issuer} done={again} />
    </>
  );
}

function Waiting(props: { proposal: Proposal; needed: number | null; done: () => void }) {
  const { proposal, needed, done } = props;
  const { id, statement, proposedBy, createdAt, approvedBy } = proposal;
  const say = useWords();
  const { may } = useSession();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const [wrong, setWrong] = useState(false);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget as HTMLFormElement).get("key");
    act(async () => {
      const approval = key instanceof File ? await approvalBy(key, statement) : undefined;
      setWrong(approval === undefined);
      if (approval === undefined) return;
      await write(`/operations/${id}/approve`, { approval });
      done();
    });
  };
  return (
    <div class="item" data-operation={id}>
      <p>
        {proposedBy} <Time at={createdAt} /> · {say({ ja: "承認", en: "approved by" })}{" "}
        {approvedBy.join(", ") || "—"} ({approvedBy.length}/{needed ?? "—"})
      </p>
      <pre class="wide" tabIndex={0} aria-label={say({ ja: "内容", en: "What is proposed" })}>
        {pretty(statement)}
      </pre>
      <Refusal problem={problem} />
      {wrong && (
        <p class="refusal" role="alert">
          {say({
            ja: "承認者の鍵のファイルではありません（kazasu operation key で作ったものを選んでください）。",
            en: "This is not the file of an approver's key: choose the one created by `kazasu operation key`.",
          })}
        </p>
      )}
      {may.includes("approve") && (
        <form onSubmit={onSubmit}>
          <label>
            {say({
              ja: "自分の鍵のファイル（この端末から出ません）",
              en: "Your key's file (it stays on this machine)",
            })}
            <input type="file" name="key" required accept=".json" />
          </label>
          <button type="submit" disabled={isBusy}>
            {say({ ja: "読んだうえで承認する", en: "I have read it: approve" })}
          </button>
        </form>
      )}
    </div>
  );
}

/** The statement, formatted for reading. */
const pretty = (statement: string): string => JSON.stringify(JSON.parse(statement), undefined, 2);
