import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import { beginLogin, type LoginDeps, loginSeconds } from "../../domain/login/beginning.ts";
import { displayText } from "../../protocol/display-text.ts";
import { acrValues } from "../../protocol/login.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { activeEnrolments } from "../../registry/issuance/enrolments.ts";
import { findLoginBrowser } from "../../registry/login/browsers.ts";
import {
  backchannelLoad,
  findLogin,
  finishLogin,
  type Login,
  noteRequest,
} from "../../registry/login/logins.ts";
import { findPartyOfClient } from "../../registry/party/parties.ts";
import type { LoginPushes } from "../pushes.ts";
import { hintDigest } from "./account.ts";
import { amrOf } from "./grant.ts";
import { errors } from "./library.ts";
import { requestedOf } from "./requested.ts";
import { detailsOf } from "./transaction-details.ts";

export interface BackchannelDeps extends LoginDeps, LoginPushes {}

/** A text for both screens, followed by the two digits that only the party's screen shows. */
const bindingMessage = /^(?:(?<text>.+) )?(?<number>[1-9][0-9])$/u;
const longestMessage = 80;

/** Within this many minutes each unapproved login doubles the wait before the next. */
const backOffMinutes = 60;
const firstWaitSeconds = 15;

/**
 * Client-initiated backchannel authentication (CIBA Core 1.0), poll and ping. A request names a browser that has completed a
 * login on the same device, by the token that it was given then; the person chooses the number that the party's own screen
 * shows; repeated requests to one person have increasing waits.
 */
export function backchannelFeature(deps: BackchannelDeps) {
  return {
    enabled: true as const,
    deliveryModes: ["poll" as const, "ping" as const],
    async processLoginHint(): Promise<undefined> {
      throw new errors.InvalidRequest("Name the browser by its login_hint_token; persons cannot be named.");
    },
    processLoginHintToken: (context: KoaContextWithOIDC, token = "") => begin(deps, context, token),
    async verifyUserCode(): Promise<void> {},
    async validateRequestContext(): Promise<void> {},
    async validateBindingMessage(_context: KoaContextWithOIDC, message?: string): Promise<void> {
      if (!readMessage(message))
        throw new errors.InvalidBindingMessage(
          `binding_message is a text of up to ${longestMessage} characters, a space, and two digits that your screen shows.`,
        );
    },
    async triggerAuthenticationDevice(
      _context: KoaContextWithOIDC,
      request: { jti: string },
      account: { accountId: string } | undefined,
    ): Promise<void> {
      const loginId = account?.accountId ?? "";
      await noteRequest(deps.pool, loginId, request.jti);
      const login = await findLogin(deps.pool, loginId);
      if (!login?.personId) throw new Error("A backchannel login is not in the registry.");
      await deps.pushLogin({ personId: login.personId, partyId: login.partyId, loginId });
    },
  };
}

function readMessage(message: string | undefined): { text?: string; number: number } | undefined {
  const { text, number } = bindingMessage.exec(message ?? "")?.groups ?? {};
  if (number === undefined) return undefined;
  if (text === undefined) return { number: Number(number) };
  return displayText(longestMessage).safeParse(text).success ? { text, number: Number(number) } : undefined;
}

/** Finds the browser's person and begins the login; `undefined` if the person is unknown. */
async function begin(
  deps: BackchannelDeps,
  context: KoaContextWithOIDC,
  token: string,
): Promise<string | undefined> {
  const { oidc } = context;
  const clientId = oidc.client?.clientId ?? "";
  const party = await findPartyOfClient(deps.pool, clientId);
  if (!party || token.length > 128) return undefined;
  const { id: partyId } = party;
  const now = deps.clock();
  const parameters = oidc.params ?? {};
  const message = readMessage(parameters["binding_message"] as string | undefined);
  return transaction(deps.pool, async (connection) => {
    const tokenSha256 = hintDigest(token);
    const found = await findLoginBrowser(connection, { tokenSha256, partyId, now });
    if (!found || (await activeEnrolments(connection, found.personId, partyId)).length === 0)
      return undefined;
    await requireCalm(connection, context, { personId: found.personId, partyId, now });
    const wanted = Number(parameters["requested_expiry"] ?? loginSeconds);
    const login = await beginLogin(connection, deps, {
      channel: "backchannel",
      requestId: null,
      party,
      clientId,
      personId: found.personId,
      ...requestedOf(parameters, "openid"),
      ...(message?.text === undefined ? {} : { message: message.text }),
      ...(message === undefined ? {} : { number: message.number }),
      seconds: Math.min(wanted, loginSeconds),
    });
    return login.id;
  });
}

/**
 * One login at a time for a person and party, with a longer wait after each that was not approved. Requests of other parties do
 * not count: an answer that depends on them would reveal which other parties the person uses.
 */
async function requireCalm(
  connection: Connection,
  context: KoaContextWithOIDC,
  { personId, partyId, now }: { personId: string; partyId: string; now: Date },
): Promise<void> {
  const since = new Date(now.getTime() - backOffMinutes * 60_000);
  const unapproved = await backchannelLoad(connection, { personId, partyId, since, now });
  const [newest] = unapproved;
  const waitMs = firstWaitSeconds * 1000 * 2 ** Math.min(unapproved.length, 8);
  const leftMs = newest === undefined ? 0 : newest.createdAt.getTime() + waitMs - now.getTime();
  if (leftMs <= 0 && !unapproved.some(({ isOpen }) => isOpen)) return;
  const error = new errors.CustomOIDCProviderError(
    "slow_down",
    "This person was asked recently and has not approved. The wait before the next request increases each time.",
  );
  context.set("retry-after", String(Math.max(firstWaitSeconds, Math.ceil(leftMs / 1_000))));
  throw Object.assign(error, { status: 429, statusCode: 429, expose: true });
}

/** Passes the decision to a polling client, and pings a client that requested it. A repeated call changes nothing. */
export async function endBackchannel(
  provider: Provider,
  deps: Pick<LoginDeps, "pool">,
  login: Login,
  onPingFailed: (error: unknown) => void,
): Promise<void> {
  if (login.requestId === null) return;
  const request = await provider.BackchannelAuthenticationRequest.find(login.requestId);
  if (!request) return;
  const result =
    login.state === "approved" ? await grantOf(provider, login, request) : new errors.AccessDenied();
  const authTime = Math.floor((login.answeredAt?.getTime() ?? 0) / 1000);
  const rar = await detailsOf(deps.pool, login.id, request.params?.["authorization_details"]);
  const how = { acr: acrValues[login.acr], amr: amrOf(login.acr), authTime, rar };
  // The first stored result counts; a failed ping is not shown to the person as a failure.
  await provider.backchannelResult(request, result, how).catch(onPingFailed);
  await finishLogin(deps.pool, login.id);
}

async function grantOf(
  provider: Provider,
  login: Login,
  request: Pick<InstanceType<Provider["BackchannelAuthenticationRequest"]>, "scope" | "claims">,
) {
  const grant = new provider.Grant({ accountId: login.id, clientId: login.clientId });
  grant.addOIDCScope(request.scope ?? "openid");
  const { id_token: inToken = {}, userinfo = {} } = request.claims ?? {};
  grant.addOIDCClaims([...Object.keys(inToken), ...Object.keys(userinfo)]);
  await grant.save();
  return grant;
}
