import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, Refused } from "../frame/calls.ts";

/** A page of a list, and where the next begins; none where there is no more. */
export interface Page<T> {
  rows: T[];
  cursor?: string;
}

/** The pages read so far. An answer to what is not listed any more is dropped. */
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
      // Whoever scrolls on keeps what they look at, also from a first page that is on its way.
      if (top || asking.current === undefined || asking.current !== renewing.current) return;
      asking.current = undefined;
      setNews(true);
    },
  };
}
