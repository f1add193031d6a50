import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./session.ts";

export interface Count {
  lifecycle: string;
  state: string;
  count: number;
}

/** The live stream's data: the counts, how often they have changed, and whether it is connected. */
export interface Live {
  counts: Count[] | undefined;
  tick: number;
  isUp: boolean;
}

export const LiveContext = createContext<Live>({ counts: undefined, tick: 0, isUp: true });
export const useCounts = (): Live => useContext(LiveContext);

/** A refused stream is retried after this, milliseconds; the browser itself reconnects a broken one. */
const refusedMs = 3_000;

/** Opens the live stream while an operator is logged in. */
export function useCountsLine(): Live {
  const [live, setLive] = useState<Live>({ counts: undefined, tick: 0, isUp: true });
  const [attempt, setAttempt] = useState(0);
  const last = useRef<string>();
  useEffect(() => {
    const line = new EventSource("/console/api/counts/live");
    let timer: ReturnType<typeof setTimeout> | undefined;
    line.addEventListener("open", () => setLive((before) => ({ ...before, isUp: true })));
    line.addEventListener("error", () => {
      setLive((before) => ({ ...before, isUp: false }));
      if (line.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(() => setAttempt((before) => before + 1), refusedMs);
      // If the session has ended, this request reports it to the page.
      ask("/session").catch(() => {});
    });
    line.addEventListener("counts", ({ data }) => {
      const before = last.current;
      last.current = String(data);
      const isNews = before !== undefined && before !== last.current;
      const counts = JSON.parse(last.current) as Count[];
      setLive(({ tick }) => ({ counts, tick: isNews ? tick + 1 : tick, isUp: true }));
    });
    return () => {
      clearTimeout(timer);
      line.close();
    };
  }, [attempt]);
  return live;
}
