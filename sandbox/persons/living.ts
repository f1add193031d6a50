import { GatewayRefusal, GatewayUnreachable } from "../../client/app/gateway.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";

const ended: ReadonlySet<RefusalCode> = new Set(["MESSAGE_UNTRUSTED", "LOGIN_CLOSED"]);

/** What the CA answers an enrolment; undefined where that or the login has ended, by a newer phone say. */
export async function ifItLives<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GatewayRefusal && ended.has(error.code)) return undefined;
    throw error;
  }
}

/** Whether the same, asked again, may have another answer: the CA or the card's issuer was not reached. */
export const mayStillCome = (error: unknown): boolean =>
  error instanceof GatewayUnreachable || (error instanceof GatewayRefusal && error.code === "TRY_AGAIN");

/** What the CA answers; undefined where it was not reached. */
export async function ifReached<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (mayStillCome(error)) return undefined;
    throw error;
  }
}
