import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { Id, Temporal, Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import type { Page } from "./paging.ts";
import { type Column, Rows } from "./rows.tsx";
import { ask, useSession, useWrite } from "./session.ts";

interface Delivery {
  jti: string;
  partyId: string;
  event: string;
  attempts: number;
  lastError: string | null;
  createdAt: string;
  temporal: string | null;
}

const columns: Column<Delivery>[] = [
  {
    title: { ja: "作成", en: "Made" },
    least: 12,
    share: 1,
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
  { title: { ja: "相手先", en: "Party" }, least: 6, share: 1, cell: ({ partyId }) => partyId },
  {
    title: { ja: "イベント", en: "Event" },
    least: 8,
    share: 1,
    cell: ({ event }) => <span title={event}>{event.split("/").at(-1)}</span>,
  },
  { title: { ja: "回数", en: "Tries" }, least: 4, cell: ({ attempts }) => attempts },
  {
    title: { ja: "最後の失敗", en: "Last failure" },
    least: 8,
    share: 2,
    cell: ({ lastError }) => <span title={lastError ?? ""}>{lastError ?? "—"}</span>,
  },
  { title: { ja: "ID", en: "Id" }, least: 6, cell: ({ jti }) => <Id id={jti} /> },
  { title: { ja: "実行", en: "Run" }, least: 6, cell: ({ temporal }) => <Temporal href={temporal} /> },
];

const kinds: ["dead-lettered" | "stuck", Words][] = [
  ["dead-lettered", { ja: "配送不能", en: "Dead-lettered" }],
  ["stuck", { ja: "再試行中", en: "Being retried" }],
];

/** Undelivered events, with a button for replaying one. */
export function Deliveries() {
  const say = useWords();
  const { may } = useSession();
  const { tick } = useCounts();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const again: Column<Delivery> = {
    title: { ja: "操作", en: "Act" },
    least: 9,
    cell: ({ jti }) => (
      <button type="button" disabled={isBusy} onClick={() => act(() => write(`/deliveries/${jti}/replay`))}>
        {say({ ja: "再送する", en: "Replay" })}
      </button>
    ),
  };
  return (
    <>
      <Refusal problem={problem} />
      {kinds.map(([which, label]) => (
        <section key={which} data-which={which}>
          <h2>{say(label)}</h2>
          <Rows
            of={which}
            label={label}
            tick={tick}
            columns={may.includes("replay") ? [...columns, again] : columns}
            ask={(cursor) =>
              ask<Page<Delivery>>(`/deliveries?which=${which}&limit=100${cursor ? `&after=${cursor}` : ""}`)
            }
          />
        </section>
      ))}
    </>
  );
}
