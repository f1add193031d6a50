import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { readLoginLink } from "../../protocol/login.ts";
import { languageOf } from "../problems.ts";
import { sendHtml } from "../security-headers.ts";
import { messagePage } from "./page.ts";

export interface AppLinkDeps {
  publicUrl: string;
  /** Test setting: the page that plays the phone, given the link as `#link=`. */
  appLinkUrl?: string | undefined;
}

const texts = {
  en: [
    "Open this link in the app",
    "Install the app of the service, or scan the code with a phone that has it.",
  ],
  ja: [
    "アプリでこのリンクを開いてください",
    "サービスのアプリをインストールするか、アプリのあるスマートフォンでコードを読み取ってください。",
  ],
} as const;

/**
 * `GET /login/<id>`, the address of a login's link and code, on a device without the app: the link belongs to the app, and there
 * is nothing to see here. A sandbox has a page that plays the phone.
 */
export function appLinkRoute(server: FastifyInstance, { publicUrl, appLinkUrl }: AppLinkDeps): void {
  server.get("/login/:id", (request, reply) => {
    const link = `${publicUrl}${request.url}`;
    if (appLinkUrl !== undefined && readLoginLink(link, publicUrl))
      return reply.redirect(`${appLinkUrl}#link=${encodeURIComponent(link)}`, 303);
    const language = languageOf(request);
    const [title, text] = texts[language];
    return sendHtml(reply, messagePage(language, title, text, randomBytes(16).toString("base64")));
  });
}
