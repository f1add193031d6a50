import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

export interface Count {
  lifecycle: string;
  state: string;
  count: number;
}

/** What came over the live line: the counts, how often they changed, and whether the line is up. */
export interface Live {
  counts: Count[] | undefined;
  tick: number;
  isUp: boolean;
}

export const LiveContext = createContext<Live>({ counts: undefined, tick: 0, isUp: true });
export const useCounts = (): Live => useContext(LiveContext);

/** Opens the live line for as long as somebody is logged in. */
export function useCountsLine(): Live {
  const [live, setLive] = useState<Live>({ counts: undefined, tick: 0, isUp: true });
  useEffect(() => {
    const line = new EventSource("/console/api/counts/live");
    const setUp = (isUp: boolean) => setLive((before) => ({ ...before, isUp }));
    line.addEventListener("open", () => setUp(true));
    line.addEventListener("error", () => setUp(false));
    line.addEventListener("counts", ({ data }) => {
      const counts = JSON.parse(String(data)) as Count[];
      setLive(({ tick }) => ({ counts, tick: tick + 1, isUp: true }));
    });
    return () => line.close();
  }, []);
  return live;
}
