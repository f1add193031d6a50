import { useWords } from "../frame/language.tsx";
import { Id, Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import type { Page } from "./paging.ts";
import { type Column, Rows } from "./rows.tsx";
import { ask } from "./session.ts";

interface Line {
  id: string;
  at: string;
  act: string;
  subject: string;
  detail: Record<string, string | number | boolean>;
}

const detailOf = (detail: Line["detail"]): string =>
  Object.entries(detail)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ");

const columns: Column<Line>[] = [
  { title: { ja: "日時", en: "When" }, least: 12, share: 1, cell: ({ at }) => <Time at={at} /> },
  { title: { ja: "行為", en: "Act" }, least: 12, share: 1, cell: ({ act }) => act },
  {
    title: { ja: "対象", en: "Subject" },
    least: 6,
    share: 1,
    cell: ({ subject }) => <Id id={subject} />,
  },
  {
    title: { ja: "内容", en: "Detail" },
    least: 12,
    share: 3,
    cell: ({ detail }) => <span title={detailOf(detail)}>{detailOf(detail)}</span>,
  },
];

/** The audit log, newest first: for auditors. */
export function Audit() {
  const say = useWords();
  const { tick } = useCounts();
  const label = { ja: "監査記録", en: "Audit log" };
  return (
    <section>
      <h2>{say(label)}</h2>
      <Rows
        of="audit"
        label={label}
        tick={tick}
        columns={columns}
        ask={(cursor) => ask<Page<Line>>(`/audit-lines?limit=100${cursor ? `&before=${cursor}` : ""}`)}
      />
    </section>
  );
}
