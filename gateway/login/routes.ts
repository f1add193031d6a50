import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Provider } from "oidc-provider";
import * as z from "zod";
import { beginLogin, type LoginDeps } from "../../domain/login/beginning.ts";
import type { IssuerName } from "../../protocol/issuer.ts";
import { acrValues, loginLink, shownLogin } from "../../protocol/login.ts";
import type { Language } from "../../protocol/names.ts";
import {
  finishLogin,
  type Login,
  type NewLogin,
  newestLoginOf,
  openShown,
} from "../../registry/login/logins.ts";
import { findPartyOfClient } from "../../registry/party/parties.ts";
import { amrOf } from "../openid/grant.ts";
import { errors } from "../openid/library.ts";
import { requestedOf } from "../openid/requested.ts";
import { setPublicName } from "../openid/routes.ts";
import { languageOf } from "../problems.ts";
import { sendHtml } from "../security-headers.ts";
import { loginPage, messagePage } from "./page.ts";

export interface LoginPageDeps extends LoginDeps {
  issuerName: IssuerName;
  provider: Provider;
}

type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;
type PageRequest = FastifyRequest<{ Params: { uid: string }; Querystring: { code?: unknown } }>;

const pathOf = (deps: LoginPageDeps, uid: string): string => `/${deps.issuerName}/login/${uid}`;

/** The browser's side of a login at one issuer: a waiting page below `/<issuer>/login/<interaction>`, and the return. */
export function loginRoutes(server: FastifyInstance, deps: LoginPageDeps): void {
  const path = pathOf(deps, ":uid");
  server.get(path, (request: PageRequest, reply) => withInteraction(deps, request, reply, showPage));
  server.get(`${path}/state`, (request: PageRequest, reply) =>
    withInteraction(deps, request, reply, async (interaction) => {
      const login = await newestLoginOf(deps.pool, interaction.uid);
      return reply.send({ state: login && isReady(login, deps.clock()) ? "ready" : "open" });
    }),
  );
  server.get(`${path}/return`, (request: PageRequest, reply) =>
    withInteraction(deps, request, reply, goBack),
  );
  server.get(`${path}/cancel`, (request: PageRequest, reply) =>
    withInteraction(deps, request, reply, async (interaction) => finish(interaction, reply, denied)),
  );
}

const denied = { error: "access_denied", error_description: "The person did not confirm." };

/** Only the browser that started: its cookie names the interaction, and is sent to this path only. */
async function withInteraction(
  deps: LoginPageDeps,
  request: PageRequest,
  reply: FastifyReply,
  act: (
    interaction: Interaction,
    deps: LoginPageDeps,
    request: PageRequest,
    reply: FastifyReply,
  ) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  setPublicName(request.raw, deps.publicUrl);
  const interaction = await deps.provider
    .interactionDetails(request.raw, reply.raw)
    .catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    });
  if (interaction?.uid === request.params.uid) return act(interaction, deps, request, reply);
  const [title, text] = say(request, "otherBrowser");
  return sendHtml(reply.code(404), messagePage(languageOf(request), title, text, newNonce()));
}

/** The open login of this interaction; a new one if there is none or it has expired. */
async function currentLogin(
  deps: LoginPageDeps,
  interaction: Interaction,
): Promise<Pick<NewLogin, "id" | "number" | "shown">> {
  const newest = await newestLoginOf(deps.pool, interaction.uid);
  if (newest && (newest.state !== "open" || newest.expiresAt > deps.clock()))
    return { ...newest, shown: openShown(deps.sealer, newest) };
  const clientId = String(interaction.params["client_id"]);
  const party = await findPartyOfClient(deps.pool, clientId);
  if (!party) throw new Error("A login was requested by a client that is no longer registered.");
  return beginLogin(deps.pool, deps, {
    channel: "browser",
    requestId: interaction.uid,
    party,
    clientId,
    personId: null,
    ...requestedOf(interaction.params, deps.issuerName),
  });
}

async function showPage(
  interaction: Interaction,
  deps: LoginPageDeps,
  request: PageRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { id, number, shown } = await currentLogin(deps, interaction);
  const { party } = shownLogin.parse(JSON.parse(shown));
  const language = languageOf(request);
  return sendHtml(
    reply,
    loginPage({
      language,
      party: party.name[language],
      number,
      linkHere: loginLink(deps.publicUrl, id, "link"),
      linkElsewhere: loginLink(deps.publicUrl, id, "qr"),
      path: pathOf(deps, interaction.uid),
      nonce: newNonce(),
    }),
  );
}

/** Decided by a code scanned from this screen, or ended: the browser may continue. */
const isReady = (login: Login, now: Date): boolean =>
  (login.state === "approved" && login.via === "qr") ||
  login.state === "declined" ||
  login.state === "refused" ||
  (login.state === "open" && login.expiresAt <= now);

/** Redirects to the party: with a code of ours if the person approved in a way bound to this browser. */
async function goBack(
  interaction: Interaction,
  deps: LoginPageDeps,
  request: PageRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const login = await newestLoginOf(deps.pool, interaction.uid);
  if (!login || login.state === "open" || !belongsHere(login, request.query.code))
    return reply.redirect(pathOf(deps, interaction.uid), 303);
  if (login.state !== "approved" || !(await finishLogin(deps.pool, login.id)))
    return finish(interaction, reply, denied);
  return finish(interaction, reply, {
    login: {
      accountId: login.id,
      acr: acrValues[login.acr],
      amr: amrOf(login.acr),
      ts: Math.floor((login.answeredAt?.getTime() ?? 0) / 1000),
      remember: false,
    },
  });
}

/**
 * A link returns with the code given to its phone, so that a link relayed to another person's phone logs nobody in here: their
 * phone opens the return address in their own browser, which has no cookie of this login.
 */
function belongsHere(login: Login, given: unknown): boolean {
  if (login.state !== "approved" || login.via === "qr") return true;
  const code = z.string().max(128).safeParse(given);
  if (!code.success || !login.completionSha256) return false;
  return timingSafeEqual(createHash("sha256").update(code.data).digest(), login.completionSha256);
}

/** Like the provider's `interactionResult`, with the interaction that was read for this request. */
async function finish(
  interaction: Interaction,
  reply: FastifyReply,
  result: NonNullable<Interaction["result"]>,
): Promise<FastifyReply> {
  interaction.result = result;
  await interaction.persist();
  return reply.redirect(interaction.returnTo, 303);
}

const newNonce = (): string => randomBytes(16).toString("base64");

const messages = {
  otherBrowser: {
    en: [
      "This login was started in another browser",
      "Or it has expired. If somebody sent you here, close this page: nothing was confirmed. Otherwise go back to the service and log in again.",
    ],
    ja: [
      "別のブラウザーで始められたログインです",
      "または期限が切れています。誰かに案内されて開いた場合は、この画面を閉じてください。ご自身の操作なら、サービスに戻ってログインし直してください。",
    ],
  },
} as const satisfies Record<string, Record<Language, readonly [string, string]>>;

const say = (request: FastifyRequest, what: keyof typeof messages): readonly [string, string] =>
  messages[what][languageOf(request)];
