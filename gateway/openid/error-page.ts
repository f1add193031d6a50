import { randomBytes } from "node:crypto";
import type { KoaContextWithOIDC } from "oidc-provider";
import { messagePage } from "../login/page.ts";
import { languageOf } from "../problems.ts";
import { allowRaw } from "../security-headers.ts";

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

/** Shown in a browser that cannot be redirected. The error is one of RFC 6749 §4.1.2.1, for the service. */
export function renderError(
  context: KoaContextWithOIDC,
  { error, error_description: description }: { error: string; error_description?: string | undefined },
): void {
  const language = languageOf(context);
  const { title, text } = texts[language];
  const reported = [error, description].filter((part) => part !== undefined).join(", ");
  const nonce = randomBytes(16).toString("base64");
  const { html, directives } = messagePage(language, title, `${text} ${reported}`, nonce);
  allowRaw(context.req, context.res, directives);
  context.type = "html";
  context.body = html;
}
