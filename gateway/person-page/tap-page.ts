import { renderSVG } from "uqr";
import { visitLink } from "../../protocol/page-visit.ts";
import type { Visit } from "../../registry/person-page/visits.ts";
import { type Html, h, svg } from "./html.ts";
import type { Texts } from "./texts.ts";

/** What a browser shows while the card is held to the phone. It asks again by itself, without a script. */
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

/** Before anybody is known here. */
export const landingPage = (t: Texts): Html => h`<p>${t.what}</p>
<p>${t.how}</p>
<form method="post" action="/tap"><button class="main">${t.begin}</button></form>`;

/** One thing to say, and the way on. */
export const messagePage = (t: Texts, text: string, again: boolean): Html => h`<p role="alert">${text}</p>
${again ? h`<form method="post" action="/tap"><button class="main">${t.again}</button></form>` : h``}
<p><a href="/">${t.back}</a></p>`;
