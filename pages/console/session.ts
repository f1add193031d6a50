import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { call, Refused } from "../frame/calls.ts";

/** The logged-in operator, and their permissions. */
export interface Session {
  operator: string;
  roles: string[];
  may: ("view" | "read-audit" | "reveal" | "replay" | "propose" | "approve")[];
  expiresAt: string;
  /** The CSRF token of writes. */
  csrf: string;
}

export const SessionContext = createContext<Session | undefined>(undefined);

/** The session; components inside the console's frame always have one. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("Nobody is logged in.");
  return session;
}

const ended = "kazasu-session-ended";

/** Reads from the console's API. @throws Refused */
export const ask = <T>(path: string): Promise<T> => watched(call<T>("GET", `/console/api${path}`));

/** Writes through the console's API, as the logged-in operator. */
export function useWrite(): <T>(path: string, body?: object) => Promise<T> {
  const { csrf } = useSession();
  return (path, body = {}) => watched(call("POST", `/console/api${path}`, body, { "x-kazasu-csrf": csrf }));
}

/** An answer without a session is reported to the whole page. */
async function watched<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refused && error.problem.code === "OPERATOR_LOGIN_REQUIRED")
      dispatchEvent(new Event(ended));
    throw error;
  }
}

/** Whether the session has ended while the page was open. */
export function useEnded(): boolean {
  const [isEnded, setEnded] = useState(false);
  useEffect(() => {
    const onEnded = () => setEnded(true);
    addEventListener(ended, onEnded);
    return () => removeEventListener(ended, onEnded);
  }, []);
  return isEnded;
}
