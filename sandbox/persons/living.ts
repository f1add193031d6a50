import { GatewayRefusal, GatewayUnreachable } from "../../client/app/gateway.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";

const ended: ReadonlySet<RefusalCode> = new Set(["MESSAGE_UNTRUSTED", "LOGIN_CLOSED"]);

/** The CA's answer to an enrolment; undefined if it or the login has ended, for example by a newer phone. */
export async function ifItLives<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GatewayRefusal && ended.has(error.code)) return undefined;
    throw error;
  }
}

/** Whether a retry may have another result: the CA or the card's issuer was unreachable. */
export const mayStillCome = (error: unknown): boolean =>
  error instanceof GatewayUnreachable || (error instanceof GatewayRefusal && error.code === "TRY_AGAIN");

/** The CA's answer; undefined if it was unreachable. */
export async function ifReached<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (mayStillCome(error)) return undefined;
    throw error;
  }
}
