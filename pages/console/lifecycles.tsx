import { useWords } from "../frame/language.tsx";
import { Id, PersonId, State, Temporal, Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import type { Page } from "./paging.ts";
import { hrefOf } from "./route.ts";
import { type Column, Rows } from "./rows.tsx";
import { ask } from "./session.ts";
import { lifecycleWords, stateWords } from "./words.ts";

interface Lifecycle {
  id: string;
  personId: string | null;
  partyId: string | null;
  state: string;
  at: string;
  temporal: string | null;
}

const columns: Column<Lifecycle>[] = [
  {
    title: { ja: "開始", en: "Begun" },
    least: 12,
    share: 1,
    cell: ({ at }) => <Time at={at} />,
  },
  {
    title: { ja: "状態", en: "State" },
    least: 6,
    share: 1,
    cell: ({ state }) => <State state={state} />,
  },
  { title: { ja: "相手先", en: "Party" }, least: 6, share: 1, cell: ({ partyId }) => partyId ?? "—" },
  { title: { ja: "本人", en: "Person" }, least: 6, cell: ({ personId }) => <PersonId id={personId} /> },
  { title: { ja: "ID", en: "Id" }, least: 6, cell: ({ id }) => <Id id={id} /> },
  { title: { ja: "実行", en: "Run" }, least: 6, cell: ({ temporal }) => <Temporal href={temporal} /> },
];

/** Lifecycles of one kind, newest first, optionally of one state or one party. */
export function Lifecycles({ kind, filters }: { kind: string; filters: URLSearchParams }) {
  const say = useWords();
  const { counts, tick } = useCounts();
  const [state, party] = [filters.get("state"), filters.get("party")];
  const states = (counts ?? []).filter(({ lifecycle }) => lifecycle === kind);
  const query = new URLSearchParams({ kind, limit: "100", ...(state && { state }), ...(party && { party }) });
  const label = lifecycleWords(kind);
  return (
    <section>
      <h2>
        {say(label)}
        {party && ` · ${party}`}
      </h2>
      <nav aria-label={say({ ja: "状態", en: "State" })}>
        <Filter kind={kind} party={party} isCurrent={state === null}>
          {say({ ja: "すべて", en: "all" })}
        </Filter>
        {states.map((each) => (
          <Filter
            key={each.state}
            kind={kind}
            party={party}
            state={each.state}
            isCurrent={state === each.state}
          >
            {say(stateWords(each.state))} {party === null && each.count.toLocaleString()}
          </Filter>
        ))}
      </nav>
      <Rows
        of={query.toString()}
        label={label}
        tick={tick}
        columns={columns}
        ask={(cursor) => ask<Page<Lifecycle>>(`/lifecycles?${query}${cursor ? `&before=${cursor}` : ""}`)}
      />
    </section>
  );
}

function Filter(props: {
  kind: string;
  party: string | null;
  state?: string;
  isCurrent: boolean;
  children: unknown;
}) {
  const { kind, party, state, isCurrent, children } = props;
  const filters = { ...(state && { state }), ...(party && { party }) };
  return (
    <a href={hrefOf("lifecycles", kind, filters)} {...(isCurrent ? { "aria-current": "page" as const } : {})}>
      {children as string}
    </a>
  );
}
