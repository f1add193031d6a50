import { z } from "zod";
import { EndpointForbidden, type Outbound } from "./outbound.ts";
import { retryAfterOf } from "./retry-after.ts";

/** Error codes of RFC 8935 §2.4 and of Shared Signals Framework 1.0 §8.1.4.1, and ours for a blocked address. */
export type SetErrorCode =
  | "invalid_request"
  | "invalid_key"
  | "invalid_issuer"
  | "invalid_audience"
  | "authentication_failed"
  | "access_denied"
  | "invalid_state"
  | "endpoint_forbidden";

export type SetPushOutcome =
  | { kind: "accepted" }
  /** The party refused the event; `retry` if its keys or permissions may be corrected. */
  | { kind: "refused"; code: SetErrorCode; retry: boolean };

/** The party was unreachable, or could not accept the event now. */
export class SetNotTaken extends Error {
  override name = "SetNotTaken";
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

const refusal = z.looseObject({
  err: z.enum([
    "invalid_request",
    "invalid_key",
    "invalid_issuer",
    "invalid_audience",
    "authentication_failed",
    "access_denied",
    "invalid_state",
  ]),
});

/** Errors that a retry of the same token cannot correct. */
const final: readonly SetErrorCode[] = ["invalid_request", "invalid_state"];

/**
 * Pushes one Security Event Token (RFC 8935). Accepted is 202 (and 200, which receivers also send).
 * @throws SetNotTaken if the receiver is unreachable, busy, or does not accept our credentials at the moment
 */
export async function pushSet(
  outbound: Outbound,
  { endpoint, authorization, set }: { endpoint: string; authorization?: string; set: string },
): Promise<SetPushOutcome> {
  const headers = {
    "content-type": "application/secevent+jwt",
    accept: "application/json",
    ...(authorization === undefined ? {} : { authorization }),
  };
  try {
    const answer = await outbound.post(endpoint, { headers, body: Buffer.from(set) });
    if (answer.status === 202 || answer.status === 200) return { kind: "accepted" };
    const said = answer.status === 400 ? refusal.safeParse(json(answer.body)) : undefined;
    if (said?.success) return { kind: "refused", code: said.data.err, retry: !final.includes(said.data.err) };
    throw new SetNotTaken(`The party answered HTTP ${answer.status}.`, retryAfterOf(answer.headers));
  } catch (error) {
    if (error instanceof EndpointForbidden)
      return { kind: "refused", code: "endpoint_forbidden", retry: true };
    throw error;
  }
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
