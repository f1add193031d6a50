import type { FastifyInstance } from "fastify";
import type { Provider } from "oidc-provider";
import type * as z from "zod";
import { type CardProofDeps, namedSignature, requireCardProof } from "../../domain/login/card-proof.ts";
import {
  answered,
  type DecideDeps,
  decide,
  foresee,
  needsCard,
  requireTheirs,
} from "../../domain/login/deciding.ts";
import { numbersToChoose } from "../../domain/login/numbers.ts";
import { malformed, Refusal } from "../../domain/refusal.ts";
import { acceptSignature } from "../../domain/transaction/accepting.ts";
import { sealedAnswer } from "../../protocol/consent.ts";
import {
  type LoginAnswer,
  type LoginAnswerBody,
  type LoginAnswered,
  loginAnswer,
  loginAnswerBody,
  loginAnswered,
  loginQuestion,
  openedLogin,
} from "../../protocol/login.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import { transaction } from "../../registry/database.ts";
import { findLogin, openShown } from "../../registry/login/logins.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { declineTransaction } from "../../registry/transaction/transactions.ts";
import { type PhoneMessageDeps, type ReadMessage, readPhoneMessage } from "../intake/phone-message.ts";
import { sealAnswer } from "../intake/seal-answer.ts";
import { proven } from "../limits/door.ts";
import { operation } from "../openapi/described.ts";
import { endBackchannel } from "../openid/backchannel.ts";

export interface LoginRouteDeps extends PhoneMessageDeps, DecideDeps, CardProofDeps {
  sealer: Sealer;
  provider: Provider;
  log: { warn(fields: object, message: string): void };
}

/**
 * `POST /v1/logins/questions`: the content of a login, sealed to the request's one-use key.
 * `POST /v1/logins/answers`: the person's decision, signed by the device key over what was shown. The same message again has
 * the same outcome; a wrong number ends the login.
 */
export function loginAnswerRoutes(server: FastifyInstance, deps: LoginRouteDeps): void {
  server.post(
    "/v1/logins/questions",
    {
      ...proven,
      ...operation("The content of a login, sealed to the request's one-use key", phoneMessage, sealedAnswer),
    },
    async (request): Promise<z.infer<typeof sealedAnswer>> => {
      const { claims, enrolment } = await readPhoneMessage(deps, request.body, loginQuestion);
      const login = await findLogin(deps.pool, claims.loginId);
      requireTheirs(login, enrolment, claims.via);
      if (login.state !== "open" || login.expiresAt <= deps.clock())
        throw new Refusal({ code: "LOGIN_CLOSED", detail: "The login was answered, or has expired." });
      const numbers = claims.via === "link" ? undefined : numbersToChoose(login);
      return sealAnswer(
        claims,
        openedLogin.parse({
          loginId: login.id,
          shown: openShown(deps.sealer, login),
          ...(numbers ? { numbers } : {}),
          card: needsCard(login, claims.via),
          expiresAt: login.expiresAt.toISOString(),
        }),
      );
    },
  );

  server.post(
    "/v1/logins/answers",
    {
      ...proven,
      ...operation("Approve or decline a login, and sign its transaction", loginAnswerBody, loginAnswered),
    },
    async (request): Promise<LoginAnswered> => {
      const body = loginAnswerBody.safeParse(request.body);
      if (!body.success) throw malformed("The body is not a phone's answer", body.error);
      const read = await readPhoneMessage(deps, { message: body.data.message }, loginAnswer);
      const { claims, enrolment, certificate, digest } = read;
      const namesCard = body.data.card !== undefined || claims.cardSha256 !== undefined;
      const hasCard = namesCard && (await isProvenByCard(deps, read, body.data));
      const decided = await transaction(deps.pool, (connection) =>
        decide(connection, deps, { claims, digest, enrolment, hasCard }, async ({ transactionId }) => {
          if (transactionId === null) return;
          if (claims.decision === "decline")
            return declineTransaction(connection, transactionId, deps.clock());
          const cms = namedSignature(body.data.transaction, claims.transactionSha256);
          await acceptSignature(connection, deps, { transactionId, enrolment, certificate, cms });
        }),
      );
      if (decided.login.channel === "backchannel" && decided.login.state !== "finished")
        await endBackchannel(deps.provider, deps, decided.login, (error) => {
          deps.log.warn(
            { errorName: (error as Error).name },
            "a ping to a party failed; it gets the answer when it polls",
          );
        });
      return answered(deps, decided.login, digest);
    },
  );
}

/** False for a repeat, and for an answer that is not approved anyway: the card's issuer is not asked about either. */
async function isProvenByCard(
  deps: LoginRouteDeps,
  { claims, enrolment, digest }: ReadMessage<LoginAnswer>,
  body: LoginAnswerBody,
): Promise<boolean> {
  const login = await findLogin(deps.pool, claims.loginId);
  requireTheirs(login, enrolment, claims.via);
  if (login.answerDigest === digest) return false;
  // First everything that can be checked without the card.
  if ((await foresee(deps.pool, login, { claims, enrolment }, deps.clock())) !== "approved") return false;
  await requireCardProof(deps, login, { claims, enrolment, body });
  return true;
}
