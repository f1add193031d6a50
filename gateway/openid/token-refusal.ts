import { Refusal } from "../../domain/refusal.ts";
import { type Challenge, challengeHeader } from "./challenge.ts";

/**
 * A party's token or proof is refused at a resource. The code is always PARTY_TOKEN_INVALID; the status and the challenge tell the
 * cases apart (RFC 6750 §3.1, RFC 9449 §7.1).
 */
export class TokenRefusal extends Refusal {
  readonly status: 401 | 403;
  /** The value of `WWW-Authenticate`. */
  readonly challenge: string;

  constructor({ detail, ...challenge }: Challenge & { detail: string }) {
    super({ code: "PARTY_TOKEN_INVALID", detail });
    this.status = challenge.error === "insufficient_scope" ? 403 : 401;
    this.challenge = challengeHeader(challenge);
  }
}
