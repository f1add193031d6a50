import { useState } from "preact/hooks";
import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { Id, State, Temporal, Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import { hrefOf } from "./route.ts";
import { type Column, type Page, Rows } from "./rows.tsx";
import { ask, useSession, useWrite } from "./session.ts";
import { kindWords } from "./words.ts";

interface Entry {
  at: string;
  kind: string;
  id: string;
  partyId: string | null;
  state: string | null;
  temporal: string | null;
}

const columns: Column<Entry>[] = [
  { title: { ja: "日時", en: "When" }, width: "minmax(10rem, 1fr)", cell: ({ at }) => <Time at={at} /> },
  {
    title: { ja: "出来事", en: "What" },
    width: "minmax(8rem, 1fr)",
    cell: ({ kind }) => <Kind kind={kind} />,
  },
  {
    title: { ja: "状態", en: "State" },
    width: "minmax(6rem, 1fr)",
    cell: ({ state }) => <State state={state} />,
  },
  { title: { ja: "相手先", en: "Party" }, width: "minmax(6rem, 1fr)", cell: ({ partyId }) => partyId ?? "—" },
  {
    title: { ja: "ID", en: "Id" },
    width: "6rem",
    cell: ({ kind, id }) =>
      kind === "certificate" || kind === "revocation" ? (
        <a href={hrefOf("certificate", id)}>
          <Id id={id} />
        </a>
      ) : (
        <Id id={id} />
      ),
  },
  { title: { ja: "実行", en: "Run" }, width: "6rem", cell: ({ temporal }) => <Temporal href={temporal} /> },
];

function Kind({ kind }: { kind: string }) {
  const say = useWords();
  return <>{say(kindWords(kind))}</>;
}

/** One person: what happened, by ids and states; their data only by a reveal that is on record. */
export function Person({ id }: { id: string }) {
  const say = useWords();
  const { may } = useSession();
  const { tick } = useCounts();
  return (
    <>
      {may.includes("reveal") && <Reveal key={id} id={id} />}
      <section>
        <h2>{say({ ja: "タイムライン", en: "Timeline" })}</h2>
        <p class="quiet">
          <code>{id}</code>
        </p>
        <Rows
          of={id}
          label={{ ja: "タイムライン", en: "Timeline" }}
          tick={tick}
          columns={columns}
          ask={(cursor) =>
            ask<Page<Entry>>(
              `/persons/${encodeURIComponent(id)}/timeline?limit=100${cursor ? `&before=${encodeURIComponent(cursor)}` : ""}`,
            )
          }
        />
      </section>
    </>
  );
}

interface Revealed {
  version: number;
  name: string;
  address: string;
  dateOfBirth: string;
  sex: string;
}

const reasons: [string, Words][] = [
  ["person-asked", { ja: "本人の依頼", en: "The person asked" }],
  ["complaint", { ja: "苦情", en: "A complaint" }],
  ["incident", { ja: "障害・事故", en: "An incident" }],
  ["authority", { ja: "公的機関の照会", en: "An authority asked" }],
];
const labels: [keyof Revealed, Words][] = [
  ["name", { ja: "氏名", en: "Name" }],
  ["address", { ja: "住所", en: "Address" }],
  ["dateOfBirth", { ja: "生年月日", en: "Date of birth" }],
  ["sex", { ja: "性別", en: "Sex" }],
  ["version", { ja: "版", en: "Version" }],
];

function Reveal({ id }: { id: string }) {
  const say = useWords();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const [shown, setShown] = useState<Revealed>();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const { reason, record } = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement));
    act(async () => setShown(await write(`/persons/${encodeURIComponent(id)}/reveal`, { reason, record })));
  };
  return (
    <section>
      <h2>{say({ ja: "個人情報の表示", en: "Reveal personal data" })}</h2>
      <Refusal problem={problem} />
      {shown ? (
        <>
          <dl>
            {labels.map(([key, words]) => [
              <dt key={key}>{say(words)}</dt>,
              <dd key={`${key} value`} data-value={key}>
                {shown[key]}
              </dd>,
            ])}
          </dl>
          <button type="button" class="second" onClick={() => setShown(undefined)}>
            {say({ ja: "隠す", en: "Hide" })}
          </button>
        </>
      ) : (
        <form onSubmit={onSubmit}>
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
            {say({
              ja: "受付番号（英数字。個人情報は書かないでください）",
              en: "Case number (no personal data)",
            })}
            <input type="text" name="record" required maxLength={120} pattern="[!-~]+" />
          </label>
          <button type="submit" disabled={isBusy}>
            {say({ ja: "記録して表示する", en: "Reveal, on record" })}
          </button>
        </form>
      )}
    </section>
  );
}
