import { GatewayRefusal } from "../../client/app/gateway.ts";

/** What the CA answers an enrolment; undefined where it has ended, by a newer phone say: nothing is kept for it then. */
export async function ifItLives<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GatewayRefusal && error.code === "MESSAGE_UNTRUSTED") return undefined;
    throw error;
  }
}
