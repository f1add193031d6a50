import { randomBytes } from "node:crypto";
import type { KoaContextWithOIDC } from "oidc-provider";
import { messagePage } from "../login/page.ts";
import { languageOf } from "../problems.ts";
import { allowRaw } from "../security-headers.ts";

const texts = {
  en: {
    title: "This login cannot go on",
    text: "The service that sent you here asked in a way that is not understood. Go back to it and begin again; if that does not help, report to it:",
  },
  ja: {
    title: "ログインを続けられません",
    text: "呼び出し元のサービスからの要求を処理できませんでした。サービスに戻って初めからやり直してください。繰り返す場合は、次の内容をサービスにお伝えください：",
  },
} as const;

/** What a browser shows where there is nobody to send it back to. The error is one of RFC 6749 §4.1.2.1, for the service. */
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
