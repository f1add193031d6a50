import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { call } from "../frame/calls.ts";

/** Who is logged in, and what they may do. */
export interface Session {
  operator: string;
  roles: string[];
  may: ("view" | "read-audit" | "reveal" | "replay" | "propose" | "approve")[];
  expiresAt: string;
  /** The token of writes. */
  csrf: string;
}

export const SessionContext = createContext<Session | undefined>(undefined);

/** The session; components below the console's frame have one. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("Nobody is logged in.");
  return session;
}

/** Reads from the console's API. @throws Refused */
export const ask = <T>(path: string): Promise<T> => call<T>("GET", `/console/api${path}`);

/** How to act through the console's API, as whoever is logged in. */
export function useWrite(): <T>(path: string, body?: object) => Promise<T> {
  const { csrf } = useSession();
  return (path, body = {}) => call("POST", `/console/api${path}`, body, { "x-kazasu-csrf": csrf });
}
