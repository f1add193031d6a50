import { createHash } from "node:crypto";
import { issuerUrl } from "../../protocol/issuer.ts";
import type { LoginAnswer, LoginAnswered } from "../../protocol/login.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import { decideLogin, failedLogins, type Login, lockLogin } from "../../registry/login/logins.ts";
import { keyedHash } from "../../registry/sealing.ts";
import { Refusal, untrusted } from "../refusal.ts";

export interface DecideDeps {
  clock: () => Date;
  publicUrl: string;
  /** A secret shared by all gateways. */
  secret: Uint8Array;
}

export interface Answer {
  claims: LoginAnswer;
  /** SHA-256 (base64url) of the phone's message: an equal message is a repeat. */
  digest: string;
  enrolment: Enrolment;
  /** The card has signed for this login, and is this person's. */
  hasCard: boolean;
}

/** Wrong numbers of one phone in an hour after which it is locked. */
const mostFailures = 5;
const failureWindowMs = 3_600_000;

/** Whether this enrolment may answer this login in this way; if not, the login is indistinguishable from not found. */
export function requireTheirs(
  login: Login | undefined,
  enrolment: Enrolment,
  via: LoginAnswer["via"],
): asserts login is Login {
  const isTheirs =
    login?.partyId === enrolment.partyId &&
    (login.channel === "backchannel"
      ? via === "push" && login.personId === enrolment.personId
      : via !== "push");
  if (!isTheirs) throw refusal("LOGIN_CLOSED", "This phone has no open login of this id.");
}

/** Whether the card must sign: if the party requires it, or if a transaction is signed from another device. */
export const needsCard = (login: Pick<Login, "acr" | "transactionId">, via: LoginAnswer["via"]): boolean =>
  login.acr === "card" || (login.transactionId !== null && via !== "link");

/**
 * Decides a login by a phone's answer, in one transaction with what depends on it (`settle`). A wrong number ends the login:
 * that is stored, and returned to the caller as `refused`.
 */
export async function decide(
  connection: Connection,
  deps: DecideDeps,
  answer: Answer,
  settle: (login: Login) => Promise<void>,
): Promise<{ login: Login; isRefused: boolean }> {
  const { claims, digest, enrolment, hasCard } = answer;
  const login = await lockLogin(connection, claims.loginId, enrolment.id);
  requireTheirs(login, enrolment, claims.via);
  if (login.answerDigest === digest) return { login, isRefused: login.state === "refused" };
  const now = deps.clock();
  // Read again, under the lock: checking the card may have taken seconds.
  if (login.enrolmentState !== "active") throw untrusted();
  const state = await foresee(connection, login, answer, now);
  if (state === "approved" && !hasCard && needsCard(login, claims.via)) throw cardNeeded();
  if (state !== "refused") await settle(login);
  const completion = completionCode(deps, login.id, digest);
  const decided = {
    state,
    acr: hasCard && state === "approved" ? ("card" as const) : login.acr,
    via: claims.via,
    enrolmentId: enrolment.id,
    personId: enrolment.personId,
    answerDigest: digest,
    completionSha256: claims.via === "link" ? createHash("sha256").update(completion).digest() : null,
    answeredAt: now,
  };
  await decideLogin(connection, login.id, decided);
  const { partyId, id: enrolmentId } = { ...enrolment };
  await audit(connection, `login-${state}`, login.id, {
    partyId,
    enrolmentId,
    acr: decided.acr,
    via: claims.via,
  });
  return { login: { ...login, ...decided }, isRefused: state === "refused" };
}

/**
 * The result of an answer, as far as it does not depend on the card. Writes nothing. Throws if the answer cannot decide the
 * login.
 */
export async function foresee(
  connection: Connection,
  login: Login,
  { claims, enrolment }: Pick<Answer, "claims" | "enrolment">,
  now: Date,
): Promise<"approved" | "declined" | "refused"> {
  if (login.state !== "open" || login.expiresAt <= now)
    throw refusal("LOGIN_CLOSED", "The login was answered, or has expired.");
  if (claims.shownSha256 !== login.shownSha256)
    throw refusal("SHOWN_MISMATCH", "The answer is over another text than the one to be shown.");
  if (claims.decision === "decline") return "declined";
  // A login opened on this device has no number to compare.
  if (claims.via === "link") return "approved";
  const since = new Date(now.getTime() - failureWindowMs);
  if ((await failedLogins(connection, enrolment.id, since)) >= mostFailures)
    throw new Refusal({
      code: "LOGIN_LOCKED",
      detail: `This phone chose a wrong number ${mostFailures} times within an hour.`,
      retryAfterSeconds: failureWindowMs / 1_000,
    });
  return claims.number === login.number ? "approved" : "refused";
}

/** The result for the phone and its browser. */
export function answered(deps: DecideDeps, login: Login, digest: string): LoginAnswered {
  if (login.state === "declined") return { loginId: login.id, state: "declined" };
  if (login.state !== "approved" && login.state !== "finished")
    throw refusal("LOGIN_NUMBER_WRONG", "The number was not the one on the other screen.");
  const code = completionCode(deps, login.id, digest);
  return {
    loginId: login.id,
    state: "approved",
    ...(login.via === "link"
      ? {
          returnTo: `${issuerUrl(deps.publicUrl, login.issuer)}/login/${login.requestId}/return?code=${code}`,
        }
      : {}),
  };
}

/** The same for the same answer, so that a phone that lost the response receives it again. */
const completionCode = ({ secret }: DecideDeps, loginId: string, digest: string): string =>
  keyedHash(secret, "login-completion", loginId, digest).toString("base64url");

export const cardNeeded = (): Refusal => refusal("CARD_NEEDED", "This login requires the card.");

const refusal = (code: ConstructorParameters<typeof Refusal>[0]["code"], detail: string): Refusal =>
  new Refusal({ code, detail });
