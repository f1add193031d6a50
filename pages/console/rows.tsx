import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, Refused } from "../frame/calls.ts";
import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";

export interface Page<T> {
  rows: T[];
  cursor?: string;
}

export interface Column<T> {
  title: Words;
  /** As CSS grid writes a track. */
  width: string;
  cell: (row: T) => ComponentChildren;
}

/** Pixels; console.css has the same. */
const rowHeight = 40;
/** Rows drawn above and below what is seen, and how far before the end the next page is asked for. */
const margin = 12;

/**
 * A list of any length: a page at a time is asked for, and only what is seen is in the document. `of` says what is listed;
 * a change of `tick` brings the newest while one is at the top, and says that there is something new further down.
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
  const tracks = { gridTemplateColumns: columns.map(({ width }) => width).join(" ") };
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
        <p class="quiet">{say({ ja: "該当するものはありません。", en: "There is nothing." })}</p>
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

/** The pages read so far. An answer to what is not listed any more is dropped. */
function usePages<T>(of: string, tick: number, ask: (cursor: string | undefined) => Promise<Page<T>>) {
  const [held, setHeld] = useState<{ of: string; rows: T[]; cursor: string | undefined }>();
  const [problem, setProblem] = useState<Problem>();
  const [hasNews, setNews] = useState(false);
  const isTop = useRef(true);
  const asking = useRef<symbol>();
  const renewing = useRef<symbol>();
  const current = held?.of === of ? held : undefined;

  const read = async (before: T[], cursor: string | undefined) => {
    const mine = Symbol(of);
    asking.current = mine;
    try {
      const page = await ask(cursor);
      if (asking.current !== mine) return;
      setHeld({ of, rows: [...before, ...page.rows], cursor: page.cursor });
      setProblem(undefined);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (asking.current === mine) setProblem(error.problem);
    } finally {
      if (asking.current === mine) asking.current = undefined;
    }
  };
  const restart = () => {
    isTop.current = true;
    setNews(false);
    void read([], undefined);
  };
  useEffect(restart, [of]);
  useEffect(() => {
    if (tick === 0 || !current) return;
    if (isTop.current) {
      restart();
      renewing.current = asking.current;
    } else setNews(true);
  }, [tick]);
  return {
    rows: current?.rows,
    isEnd: current?.cursor === undefined,
    problem,
    hasNews,
    restart,
    readOn: () => {
      if (current && asking.current === undefined && problem === undefined)
        void read(current.rows, current.cursor);
    },
    setTop: (top: boolean) => {
      isTop.current = top;
      // Whoever scrolls on keeps what they look at, also from a first page that is on its way.
      if (top || asking.current === undefined || asking.current !== renewing.current) return;
      asking.current = undefined;
      setNews(true);
    },
  };
}
