import { renderSVG } from "uqr";
import type { Language } from "../../protocol/names.ts";
import { escapeHtml } from "../html.ts";
import { only, type Page } from "../security-headers.ts";

const texts = {
  en: {
    title: "Log in with your phone",
    to: "Log in to",
    open: "Open the app on this device",
    scan: "Or scan this code with the phone that has the app, and choose this number there:",
    warning: "Only if you started this yourself. Nobody else will ever ask you for the number.",
    cancel: "Cancel",
    waiting: "Waiting for your phone …",
    noscript: "When you have confirmed on the phone:",
    next: "Continue",
  },
  ja: {
    title: "スマートフォンでログイン",
    to: "ログイン先",
    open: "この端末のアプリを開く",
    scan: "または、アプリのあるスマートフォンでこのコードを読み取り、次の番号を選んでください。",
    warning: "ご自身で始めた場合だけ進めてください。この番号を人に尋ねられることはありません。",
    cancel: "中止する",
    waiting: "スマートフォンでの確認を待っています…",
    noscript: "スマートフォンで確認したら:",
    next: "続ける",
  },
} as const;

const style = `:root{color-scheme:light dark;font:16px/1.6 system-ui,sans-serif}
body{max-width:26rem;margin:2rem auto;padding:0 1rem;text-align:center}
svg{width:14rem;height:14rem;background:#fff;border-radius:.5rem}
.open{display:block;padding:.9rem;border-radius:.5rem;background:#0b57d0;color:#fff;text-decoration:none;font-weight:600}
.number{font-size:2.6rem;font-weight:700;letter-spacing:.2em;margin:.2rem}
.quiet{opacity:.75;font-size:.9rem}`;

/** Polls until the phone has decided; the next address then answers in this browser only. */
const script = `const ask=async()=>{try{const a=await fetch(location.pathname+"/state",{cache:"no-store"});
if(a.ok){const{state}=await a.json();if(state!=="open"){location.replace(location.pathname+"/return");return}}
else if(a.status===404){location.reload();return}}catch{}setTimeout(ask,1500)};setTimeout(ask,1500)`;

/** The page in the browser while the phone decides. */
export function loginPage(of: {
  language: Language;
  party: string;
  number: number;
  linkHere: string;
  linkElsewhere: string;
  /** Path of this page; its other endpoints are below it. */
  path: string;
  nonce: string;
}): Page {
  const t = texts[of.language];
  const here = escapeHtml(of.linkHere);
  const body = `<h1>${t.title}</h1>
<p>${t.to}<br><strong>${escapeHtml(of.party)}</strong></p>
<p><a class="open" href="${here}">${t.open}</a></p>
<p>${t.scan}</p>
<p class="number" id="number">${of.number}</p>
<div data-link="${escapeHtml(of.linkElsewhere)}">${renderSVG(of.linkElsewhere, { border: 2 })}</div>
<p class="quiet">${t.warning}</p>
<p role="status" class="quiet">${t.waiting}</p>
<noscript><p>${t.noscript} <a href="${of.path}/return">${t.next}</a></p></noscript>
<p><a href="${of.path}/cancel">${t.cancel}</a></p>
<script nonce="${of.nonce}">${script}</script>`;
  return page(of.language, t.title, body, of.nonce);
}

/** A page with one message. */
export function messagePage(language: Language, title: string, text: string, nonce: string): Page {
  return page(
    language,
    title,
    `<h1>${escapeHtml(title)}</h1>\n<p role="alert">${escapeHtml(text)}</p>`,
    nonce,
  );
}

function page(language: Language, title: string, body: string, nonce: string): Page {
  return {
    html: `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`,
    // Nothing inline except with the nonce.
    directives: only({
      "style-src": [`'nonce-${nonce}'`],
      "script-src": [`'nonce-${nonce}'`],
      "connect-src": ["'self'"],
    }),
  };
}
