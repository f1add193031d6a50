import { HttpRefusal } from "../../http.ts";
import { NotTheirs } from "./signing.ts";

/** The outcome of a request; only `done` changes anything at the bank. */
export type AskingState = "open" | "done" | "declined" | "expired" | "failed";

const ended: Record<string, AskingState> = {
  access_denied: "declined",
  expired_token: "expired",
};

/** The outcome of a failed request: by the CA's error (RFC 6749 §4.1.2.1, CIBA Core §11), or our own. */
export function outcomeOf(error: unknown): { state: AskingState; reason?: string } {
  if (error instanceof NotTheirs) return { state: "failed", reason: "OTHER_PERSON" };
  const state = ended[codeOf(error)];
  if (state) return { state };
  return { state: "failed", reason: "NOT_VERIFIED" };
}

/** Why the CA refuses a push. @throws HttpRefusal */
export function refusePush(error: unknown): never {
  const code = codeOf(error);
  if (code === "slow_down")
    throw new HttpRefusal(
      429,
      "ASKED_TOO_SOON",
      "The phone was asked just now and has not approved.",
      "Answer on the phone, or wait a little longer each time.",
    );
  if (code === "unknown_user_id")
    throw new HttpRefusal(
      409,
      "BROWSER_UNKNOWN",
      "The CA does not know this browser, or not any more.",
      "Log in with the phone on this device first.",
    );
  throw error;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "error" in error && typeof error.error === "string" ? error.error : "";
