import { renderSVG } from "uqr";
import { visitLink } from "../../protocol/page-visit.ts";
import type { Visit } from "../../registry/person-page/visits.ts";
import { type Html, h, svg } from "./html.ts";
import type { Texts } from "./texts.ts";

/** The page while the card is held to the phone. It reloads without a script. */
export function tapPage(
  t: Texts,
  { id, number }: Pick<Visit, "id" | "number">,
  { publicUrl, terms }: { publicUrl: string; terms: Html },
): Html {
  const elsewhere = visitLink(publicUrl, id, "qr");
  return h`${terms}
<p><a class="open" href="${visitLink(publicUrl, id, "link")}">${t.open}</a></p>
<p>${t.scan}</p>
<p class="number" id="number">${number}</p>
<div data-link="${elsewhere}">${svg(renderSVG(elsewhere, { border: 2 }))}</div>
<p class="quiet">${t.warning}</p>
<p role="status" class="quiet">${t.waiting}</p>
<p><a href="/">${t.back}</a></p>`;
}

/** The page before anybody is authenticated. */
export const landingPage = (t: Texts): Html => h`<p>${t.what}</p>
<p>${t.how}</p>
<form method="post" action="/tap"><button class="main">${t.begin}</button></form>`;

/** A message, and a link to continue. */
export const messagePage = (t: Texts, text: string, again: boolean): Html => h`<p role="alert">${text}</p>
${again ? h`<form method="post" action="/tap"><button class="main">${t.again}</button></form>` : h``}
<p><a href="/">${t.back}</a></p>`;
