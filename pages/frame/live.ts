import { useEffect, useRef, useState } from "preact/hooks";
import { type Problem, Refused } from "./calls.ts";

/** An event: of a person, at the bank, of one of its customers, between a phone and a card. */
export type Happening =
  | { kind: "person"; person: string }
  | { kind: "bank" }
  | { kind: "customer" }
  | { kind: "exchange" }
  | { kind: "card"; person: string; place: "away" }
  | { kind: "apdu"; person: string; meaning: string; status: string; outcome: string };

/** Listens to events while the component is mounted; returns whether the stream is connected. */
export function useLive(onHappening: (happening: Happening) => void): boolean {
  const [isUp, setUp] = useState(true);
  const current = useRef(onHappening);
  current.current = onHappening;
  useEffect(() => {
    const line = new EventSource("/live");
    line.addEventListener("open", () => setUp(true));
    line.addEventListener("error", () => setUp(false));
    line.addEventListener("message", ({ data }) => current.current(JSON.parse(String(data)) as Happening));
    return () => line.close();
  }, []);
  return isUp;
}

/** The state of a request. */
export type Asked<T> = { value?: T; problem?: Problem; again: () => void };

/** Requests on mount, with each `tick`, and on demand; keeps the value of this `key` until there is a newer one. */
export function useAsked<T>(ask: () => Promise<T>, key: string, tick = 0): Asked<T> {
  const [held, setHeld] = useState<{ key: string; value?: T; problem?: Problem }>({ key });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    ask().then(
      (value) => isCurrent && setHeld({ key, value }),
      (error: unknown) => {
        if (isCurrent && error instanceof Refused)
          setHeld(({ value }) => ({
            key,
            ...(value === undefined ? {} : { value }),
            problem: error.problem,
          }));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [key, tick, round]);
  const { value, problem } = held.key === key ? held : {};
  return {
    ...(value === undefined ? {} : { value }),
    ...(problem === undefined ? {} : { problem }),
    again: () => setRound((before) => before + 1),
  };
}

/** One act at a time: a second press during the first is ignored. */
export function useAct(): {
  act: (work: () => Promise<unknown>) => void;
  isBusy: boolean;
  problem: Problem | undefined;
} {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const busy = useRef(false);
  const act = (work: () => Promise<unknown>): void => {
    if (busy.current) return;
    busy.current = true;
    setBusy(true);
    setProblem(undefined);
    work()
      .catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        setProblem(error.problem);
      })
      .finally(() => {
        busy.current = false;
        setBusy(false);
      });
  };
  return { act, isBusy, problem };
}
