import { createHash, randomInt } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Provider } from "oidc-provider";
import type * as z from "zod";
import type { sealedAnswer } from "../../protocol/consent.ts";
import {
  cardLogin,
  type LoginAnswer,
  type LoginAnswerBody,
  type LoginAnswered,
  loginAnswer,
  loginAnswerBody,
  loginQuestion,
  openedLogin,
} from "../../protocol/login.ts";
import type { Refused } from "../../protocol/refusals.ts";
import { transaction } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/enrolments.ts";
import { findLogin, type Login, readShown } from "../../registry/logins.ts";
import { findPersonByCard } from "../../registry/persons.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { declineTransaction } from "../../registry/transactions.ts";
import { malformed } from "../intake/open-envelope.ts";
import { type PhoneMessageDeps, readPhoneMessage } from "../intake/phone-message.ts";
import { sealAnswer } from "../intake/seal-answer.ts";
import { answered, type DecideDeps, decide, needsCard, requireTheirs } from "../login/decide.ts";
import { endBackchannel } from "../openid/backchannel.ts";
import { Refusal } from "../problems.ts";
import { acceptSignature } from "../transactions/accept.ts";

export interface LoginRouteDeps extends PhoneMessageDeps, DecideDeps {
  sealer: Sealer;
  provider: Provider;
  /** Verifies what a card signed and asks its issuer; `reference` is the keyed hash by which persons are known. */
  checkCard: CheckCard;
  log: { warn(fields: object, message: string): void };
}

export type CheckCard = (
  cms: Uint8Array,
) => Promise<{ ok: true; content: Uint8Array; reference: Buffer } | Refused>;

/**
 * `POST /v1/logins/questions`: what a login is about, sealed to the one-use key of the question.
 * `POST /v1/logins/answers`: the person's decision, signed by the device key over what was shown. The same message
 * again has the same outcome; a wrong number ends the login.
 */
export function loginAnswerRoutes(server: FastifyInstance, deps: LoginRouteDeps): void {
  server.post("/v1/logins/questions", async (request): Promise<z.infer<typeof sealedAnswer>> => {
    const { claims, enrolment } = await readPhoneMessage(deps, request.body, loginQuestion);
    const login = await findLogin(deps.pool, claims.loginId);
    requireTheirs(login, enrolment, claims.via);
    if (login.state !== "open" || login.expiresAt <= deps.clock())
      throw new Refusal({ code: "LOGIN_CLOSED", detail: "The login was answered, or its time is over." });
    const numbers = claims.via === "link" ? undefined : shuffled([login.number, ...login.decoys]);
    return sealAnswer(
      claims,
      openedLogin.parse({
        loginId: login.id,
        shown: await readShown(deps.pool, deps.sealer, login.id),
        ...(numbers ? { numbers } : {}),
        card: needsCard(login, claims.via),
        expiresAt: login.expiresAt.toISOString(),
      }),
    );
  });

  server.post("/v1/logins/answers", async (request): Promise<LoginAnswered> => {
    const body = loginAnswerBody.safeParse(request.body);
    if (!body.success) throw malformed("The body is not a phone's answer", body.error);
    const read = await readPhoneMessage(deps, { message: body.data.message }, loginAnswer);
    const { claims, enrolment, certificate, digest } = read;
    const login = await findLogin(deps.pool, claims.loginId);
    requireTheirs(login, enrolment, claims.via);
    const isNew = login.answerDigest !== digest;
    const hasCard = isNew && (await provenByCard(deps, login, { claims, enrolment, body: body.data }));
    const decided = await transaction(deps.pool, (connection) =>
      decide(connection, deps, { claims, digest, enrolment, hasCard }, async ({ transactionId }) => {
        if (transactionId === null) return;
        if (claims.decision === "decline") return declineTransaction(connection, transactionId, deps.clock());
        const cms = namedSignature(body.data.transaction, claims.transactionSha256);
        await acceptSignature(connection, deps, { transactionId, enrolment, certificate, cms });
      }),
    );
    if (decided.login.channel === "backchannel" && decided.login.state !== "finished")
      await endBackchannel(deps.provider, deps, decided.login, (error) => {
        deps.log.warn(
          { errorName: (error as Error).name },
          "a party was not pinged; it finds the answer when it polls",
        );
      });
    return answered(deps, decided.login, digest);
  });
}

/** Whether the card signed for this very login, and is known as this person's. Throws where it is needed and does not. */
async function provenByCard(
  deps: LoginRouteDeps,
  login: Login,
  { claims, enrolment, body }: { claims: LoginAnswer; enrolment: Enrolment; body: LoginAnswerBody },
): Promise<boolean> {
  if (claims.decision === "decline") return false;
  if (body.card === undefined && claims.cardSha256 === undefined) {
    if (!needsCard(login, claims.via)) return false;
    throw new Refusal({ code: "CARD_NEEDED", detail: "This login takes the card." });
  }
  const cms = namedSignature(body.card, claims.cardSha256);
  const checked = await deps.checkCard(cms);
  if (!checked.ok) throw new Refusal(checked);
  const signed = cardLogin.safeParse(parse(checked.content));
  const isForThis =
    signed.data?.loginId === login.id &&
    signed.data.enrolmentId === enrolment.id &&
    signed.data.shownSha256 === login.shownSha256;
  if (!isForThis) throw new Refusal({ code: "SHOWN_MISMATCH", detail: "The card signed something else." });
  if ((await findPersonByCard(deps.pool, checked.reference)) !== enrolment.personId)
    throw new Refusal({
      code: "CARD_NOT_THE_PERSONS",
      detail: "The card is another person's, or not known.",
    });
  return true;
}

/** A signature beside the message: it must be the one that the message names. */
function namedSignature(base64url: string | undefined, sha256: string | undefined): Buffer {
  const cms = Buffer.from(base64url ?? "", "base64url");
  if (base64url !== undefined && createHash("sha256").update(cms).digest("base64url") === sha256) return cms;
  throw new Refusal({
    code: "MALFORMED_REQUEST",
    detail: "A signature is missing, or is not the one that the message names.",
  });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** In an order that tells nothing. */
function shuffled(numbers: number[]): number[] {
  const left = [...numbers];
  return numbers.map(() => left.splice(randomInt(left.length), 1)[0]!);
}
