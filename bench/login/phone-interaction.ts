import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Provider } from "oidc-provider";
import type * as z from "zod";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import { sealAnswer } from "../../gateway/intake/seal-answer.ts";
import {
  loginAnswer,
  loginAnswerBody,
  loginLink,
  loginQuestion,
  type OpenedLogin,
  type ShownLogin,
} from "../../protocol/login.ts";
import { phoneMessage, verifyPhoneMessage } from "../../protocol/phone-message.ts";
import { issuer } from "../notification/people.ts";

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * The least that a person's confirmation on a phone costs an interaction of oidc-provider: a page with a link, a signed question
 * with a sealed answer, a signed decision, and the browser's return with a code. It verifies both messages and keeps everything
 * in memory: no registry, no rules, no audit.
 */
export function phoneInteraction(provider: Provider, publicUrl: string, enrolments: PhoneEnrolment[]) {
  const handle = provider.callback();
  const waiting = new Map<string, { uid: string; code: string; accountId?: string }>();
  const keys = new Map<string, Promise<Key>>();
  const keyOf = (enrolmentId: string): Promise<Key> => {
    const { deviceKey } = enrolments.find((each) => each.enrolmentId === enrolmentId)!;
    const key =
      keys.get(enrolmentId) ??
      crypto.subtle.importKey("spki", deviceKey.spki, { name: "ECDSA", namedCurve: "P-256" }, false, [
        "verify",
      ]);
    keys.set(enrolmentId, key);
    return key;
  };
  const read = async <T extends z.ZodType>(jws: string, schema: T): Promise<z.infer<T>> => {
    const { enrolmentId } = JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString());
    const verdict = await verifyPhoneMessage(jws, await keyOf(String(enrolmentId)), schema, {
      audience: issuer,
      now: new Date(),
    });
    if (!verdict.ok) throw new Error(`A phone's message was refused: ${verdict.code}`);
    return verdict.claims;
  };
  const shownOf = (loginId: string): string =>
    JSON.stringify({
      loginId,
      party: { id: "site", name: { ja: "サイト", en: "Site" } },
      acr: "device",
      reads: [],
    } satisfies ShownLogin);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "", publicUrl);
    const [, first, second = "", third] = pathname.split("/");
    const json = (body: object) =>
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    if (pathname === "/v1/logins/questions") {
      const claims = await read(phoneMessage.parse(JSON.parse(await text(request))).message, loginQuestion);
      const { loginId } = claims;
      const expiresAt = new Date(Date.now() + 300_000).toISOString();
      const opened: OpenedLogin = { loginId, shown: shownOf(loginId), card: false, expiresAt };
      json(await sealAnswer(claims, opened));
    } else if (pathname === "/v1/logins/answers") {
      const { message } = loginAnswerBody.parse(JSON.parse(await text(request)));
      const { loginId, enrolmentId } = await read(message, loginAnswer);
      const login = waiting.get(loginId)!;
      login.accountId = enrolmentId;
      json({
        loginId,
        state: "approved",
        returnTo: `${publicUrl}/yes/${login.uid}/return?login=${loginId}&code=${login.code}`,
      });
    } else if (first === "yes" && third === "return") {
      const loginId = searchParams.get("login") ?? "";
      const { code, accountId } = waiting.get(loginId) ?? {};
      waiting.delete(loginId);
      if (accountId === undefined || searchParams.get("code") !== code) throw new Error("Not approved here.");
      await provider.interactionFinished(request, response, { login: { accountId, remember: false } });
    } else if (first === "yes") {
      await provider.interactionDetails(request, response);
      const id = randomUUID();
      waiting.set(id, { uid: second, code: randomBytes(16).toString("hex") });
      const link = loginLink(publicUrl, id, "link").replaceAll("&", "&amp;");
      response.setHeader("content-type", "text/html").end(`<a class="open" href="${link}">Open the app</a>`);
    } else await handle(request, response);
  };
}
