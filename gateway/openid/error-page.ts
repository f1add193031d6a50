import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { KoaContextWithOIDC } from "oidc-provider";
import { messagePage } from "../login/page.ts";
import { languageOf } from "../problems.ts";
import { allowRaw, type Page } from "../security-headers.ts";
import { type ProviderError, type ReasonDeps, reasonOf } from "./error-reasons.ts";

const texts = {
  en: {
    title: "This login cannot continue",
    text: "The service that sent you here sent a request that cannot be processed. Go back to it and start again; if the problem persists, report this to it:",
  },
  ja: {
    title: "ログインを続けられません",
    text: "呼び出し元のサービスからの要求を処理できませんでした。サービスに戻って初めからやり直してください。繰り返す場合は、次の内容をサービスにお伝えください：",
  },
} as const;

/** The page in a browser that cannot be redirected. The error is for the service. */
export function errorPage(
  request: { headers: IncomingHttpHeaders },
  error: string,
  description: string | undefined,
): Page {
  const language = languageOf(request);
  const { title, text } = texts[language];
  const reported = description === undefined ? error : `${error}, ${description}`;
  return messagePage(language, title, `${text} ${reported}`, randomBytes(16).toString("base64"));
}

/**
 * Answers a request at the authorization endpoint that cannot be returned to the party (RFC 6749 §4.1.2.1): a page in a browser,
 * JSON for a program.
 * @param explains whether the reason is told
 */
export const renderErrors =
  (deps: ReasonDeps, explains: boolean) =>
  async (
    context: KoaContextWithOIDC,
    { error, error_description: description }: { error: string; error_description?: string | undefined },
    thrown: Error,
  ): Promise<void> => {
    const { expose } = thrown as ProviderError;
    const told = explains && expose ? await reasonOf(context, thrown as ProviderError, deps) : description;
    if (!/\btext\/html\b/.test(context.get("Accept"))) {
      context.body = { error, error_description: told };
      return;
    }
    const { html, directives } = errorPage(context.req, error, told);
    allowRaw(context.req, context.res, directives);
    context.type = "html";
    context.body = html;
  };
