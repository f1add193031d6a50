import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { type Page, usePages } from "./paging.ts";

export interface Column<T> {
  title: Words;
  /** Its width, rem: the minimum, and its share of the remaining space. */
  least: number;
  share?: number;
  cell: (row: T) => ComponentChildren;
}

/** Pixels, and rem between columns and at both ends; console.css has the same values. */
const rowHeight = 40;
const gap = 0.75;
/** Rows rendered above and below the visible ones, and how far before the end the next page is requested. */
const margin = 12;

/**
 * A list of any length: requested page by page, with only the visible rows in the document. `of` identifies the list; a change
 * of `tick` loads the newest rows if scrolled to the top, and otherwise shows that there are new ones.
 */
export function Rows<T>(props: {
  of: string;
  label: Words;
  tick?: number;
  columns: Column<T>[];
  ask: (cursor: string | undefined) => Promise<Page<T>>;
}) {
  const { of, label, tick = 0, columns, ask } = props;
  const say = useWords();
  const { rows, isEnd, problem, hasNews, readOn, restart, setTop } = usePages(of, tick, ask);
  const [seen, setSeen] = useState({ top: 0, height: rowHeight * 10 });
  const box = useRef<HTMLDivElement>(null);
  const first = Math.max(0, Math.floor(seen.top / rowHeight) - margin);
  const last = Math.min(rows?.length ?? 0, Math.ceil((seen.top + seen.height) / rowHeight) + margin);
  useEffect(() => {
    if (rows && !isEnd && last >= rows.length) readOn();
  }, [rows, isEnd, last]);
  if (!rows) return problem ? <Refusal problem={problem} /> : <Loading />;
  const tracks = tracksOf(columns);
  const toTop = () => {
    box.current?.scrollTo({ top: 0 });
    restart();
  };
  return (
    <>
      <Refusal problem={problem} />
      {problem && (
        <button type="button" class="second" onClick={restart}>
          {say({ ja: "もう一度読み込む", en: "Load again" })}
        </button>
      )}
      {hasNews && (
        <button type="button" class="second" onClick={toTop}>
          {say({ ja: "新しいものを表示する", en: "Show what is new" })}
        </button>
      )}
      {rows.length === 0 && (
        <p class="quiet">{say({ ja: "該当するものはありません。", en: "No entries." })}</p>
      )}
      {rows.length > 0 && (
        <div
          ref={box}
          class="rows"
          role="table"
          aria-label={say(label)}
          data-rows={rows.length}
          aria-rowcount={isEnd ? rows.length + 1 : -1}
          tabIndex={0}
          onScroll={({ currentTarget: { scrollTop: top, clientHeight: height } }) => {
            setSeen({ top, height });
            setTop(top < rowHeight);
          }}
        >
          <div role="row" class="row head" aria-rowindex={1} style={tracks}>
            {columns.map(({ title }) => (
              <span key={title.en} role="columnheader">
                {say(title)}
              </span>
            ))}
          </div>
          <div role="presentation" style={{ height: first * rowHeight }} />
          {rows.slice(first, last).map((row, index) => (
            <div key={first + index} role="row" class="row" aria-rowindex={first + index + 2} style={tracks}>
              {columns.map(({ title, cell }) => (
                <span key={title.en} role="cell">
                  {cell(row)}
                </span>
              ))}
            </div>
          ))}
          <div role="presentation" style={{ height: (rows.length - last) * rowHeight }} />
        </div>
      )}
    </>
  );
}

/** The same for each row, so that columns are aligned whatever their content. */
function tracksOf<T>(columns: Column<T>[]) {
  const tracks = columns.map(({ least, share = 0 }) =>
    share === 0 ? `${least}rem` : `minmax(${least}rem, ${share}fr)`,
  );
  const gaps = (columns.length + 1) * gap;
  const width = columns.reduce((sum, { least }) => sum + least, gaps);
  return { gridTemplateColumns: tracks.join(" "), width: `max(100%, ${width}rem)` };
}
