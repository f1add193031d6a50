import { useWords } from "../frame/language.tsx";
import { Id, State, Temporal, Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import type { Page } from "./paging.ts";
import { Reveal } from "./reveal.tsx";
import { hrefOf } from "./route.ts";
import { type Column, Rows } from "./rows.tsx";
import { ask, useSession } from "./session.ts";
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
  { title: { ja: "日時", en: "When" }, least: 12, share: 1, cell: ({ at }) => <Time at={at} /> },
  {
    title: { ja: "出来事", en: "What" },
    least: 8,
    share: 1,
    cell: ({ kind }) => <Kind kind={kind} />,
  },
  {
    title: { ja: "状態", en: "State" },
    least: 6,
    share: 1,
    cell: ({ state }) => <State state={state} />,
  },
  { title: { ja: "相手先", en: "Party" }, least: 6, share: 1, cell: ({ partyId }) => partyId ?? "—" },
  {
    title: { ja: "ID", en: "Id" },
    least: 6,
    cell: ({ kind, id }) =>
      kind === "certificate" || kind === "revocation" ? (
        <a href={hrefOf("certificate", id)}>
          <Id id={id} />
        </a>
      ) : (
        <Id id={id} />
      ),
  },
  { title: { ja: "実行", en: "Run" }, least: 6, cell: ({ temporal }) => <Temporal href={temporal} /> },
];

function Kind({ kind }: { kind: string }) {
  const say = useWords();
  return <>{say(kindWords(kind))}</>;
}

/** One person: events, by ids and states; personal data only by a recorded reveal. */
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
