import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, Refused } from "../frame/calls.ts";

/** A page of a list, and the start of the next; absent on the last page. */
export interface Page<T> {
  rows: T[];
  cursor?: string;
}

/** The pages read so far. An answer for a list that is no longer shown is dropped. */
export function usePages<T>(of: string, tick: number, ask: (cursor: string | undefined) => Promise<Page<T>>) {
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
      // A reader who has scrolled keeps their rows, also if a first page is on its way.
      if (top || asking.current === undefined || asking.current !== renewing.current) return;
      asking.current = undefined;
      setNews(true);
    },
  };
}
