import { randomBytes } from "node:crypto";
import type { FastifyReply } from "fastify";
import type { Language } from "../../protocol/names.ts";
import { escapeHtml } from "../html.ts";
import { allow, only } from "../security-headers.ts";

/** HTML in which every text is escaped. */
export interface Html {
  readonly html: string;
}

/** Tagged template: escapes interpolated values, unless they are HTML already. */
export const h = (
  parts: TemplateStringsArray,
  ...places: (string | number | Html | readonly Html[])[]
): Html => ({
  html: parts.map((part, index) => (index === 0 ? part : shown(places[index - 1] ?? "") + part)).join(""),
});

function shown(place: string | number | Html | readonly Html[]): string {
  if (typeof place === "string" || typeof place === "number") return escapeHtml(String(place));
  return "html" in place ? place.html : place.map(({ html }) => html).join("");
}

/** One of our SVGs, unescaped. */
export const svg = (text: string): Html => ({ html: text });

const style = `:root{color-scheme:light dark;font:16px/1.6 system-ui,sans-serif}
body{max-width:46rem;margin:1.5rem auto;padding:0 1rem}
section{margin:2rem 0}h2{font-size:1.15rem;border-bottom:1px solid #8886}
ul{list-style:none;padding:0}li{padding:.6rem 0;border-bottom:1px solid #8883}
form{display:inline-block;margin:.3rem .6rem .3rem 0}
button,.open{font:inherit;padding:.5rem .9rem;border-radius:.5rem;border:1px solid #8888;background:none;color:inherit;cursor:pointer}
button.main,.open{display:inline-block;background:#0b57d0;border-color:#0b57d0;color:#fff;text-decoration:none;font-weight:600}
svg{width:14rem;height:14rem;background:#fff;border-radius:.5rem}
.number{font-size:2.6rem;font-weight:700;letter-spacing:.2em;margin:.2rem}
.quiet{opacity:.8;font-size:.9rem}pre{white-space:pre-wrap;font:inherit}`;

/** Sends a person page: no script, no external content, no framing. `again`: seconds until the browser reloads. */
export function sendPage(
  reply: FastifyReply,
  { language, title, body, again }: { language: Language; title: string; body: Html; again?: number },
): FastifyReply {
  const nonce = randomBytes(16).toString("base64");
  const refresh = again === undefined ? h`` : h`<meta http-equiv="refresh" content="${again}">`;
  const page = h`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
${refresh}<title>${title}</title>
<style nonce="${nonce}">${svg(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  const directives = only({ "style-src": [`'nonce-${nonce}'`], "form-action": ["'self'"] });
  // Forms are checked by Origin, which browsers omit if there is no referrer at all.
  allow(reply, directives, {
    referrerPolicy: { policy: "same-origin" },
    crossOriginOpenerPolicy: { policy: "same-origin" },
  });
  return reply.type("text/html; charset=utf-8").send(page.html);
}
