import type { LoginPage } from "./login-page.ts";
import type { AskingState } from "./online-bank.ts";

/** A customer's request: a login or a transfer; with the phone by a code or link, or by a push. */
export interface Wish {
  way: "qr" | "push";
  transfer?: { to: string; amount: number } | undefined;
}

/** The state of a request to the phone. */
export interface Asking extends Wish {
  id: string;
  state: AskingState["state"];
  reason: string | null;
  expiresAt: string;
  number: number | null;
  /** The person page, if the browser is on it. */
  page?: LoginPage & { url: string };
}

/** Whether it is still open and has expired. */
export const isOver = ({ state, expiresAt }: Asking): boolean =>
  state === "open" && new Date(expiresAt) <= new Date();

/** Stores the bank's answer. */
export function noteState(asking: Asking, { state, reason }: AskingState): void {
  asking.state = state;
  asking.reason = reason;
}

/** What the page shows of it. */
export function shownOf({ id, way, transfer, state, reason, number, expiresAt, page }: Asking): object {
  const common = { id, way, transfer: transfer ?? null, state, reason, expiresAt };
  if (state !== "open") return common;
  if (!page) return { ...common, number };
  const { here, elsewhere, qr } = page;
  return { ...common, number: page.number, here, elsewhere, qr };
}
