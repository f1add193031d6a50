import type { Language } from "../../protocol/names.ts";
import type {
  Everything,
  ShownConsent,
  ShownEnrolment,
  ShownErasure,
  ShownRead,
  ShownRequest,
  ShownTerms,
} from "../../registry/person-page/everything.ts";
import { type Html, h } from "./html.ts";
import { attributesIn, type Texts, timeIn } from "./texts.ts";

/** Inputs of the sections. */
interface Writing {
  t: Texts;
  language: Language;
  /** The CSRF token in every form. */
  form: string;
}

/** A person's page: everything at all parties, each with its possible actions. */
export function everythingPage(
  everything: Everything,
  writing: Writing & { openUntil: Date; done: "done" | "pending" | undefined },
): Html {
  const { t, language, done } = writing;
  const { enrolments, consents, requests, reads, visits } = everything;
  const time = (at: Date) => timeIn(language, at);
  const hasOpen = enrolments.some(({ state }) => state === "active" || state === "applied");
  return h`${done ? h`<p role="status"><strong>${t[done]}</strong></p>` : h``}
<p class="quiet">${t.openUntil} ${time(writing.openUntil)} ${press(writing, "/log-out", t.logOut)}</p>
${section(
  t.phones,
  t.phonesNone,
  enrolments.map((each) => enrolmentItem(writing, each)),
)}
${hasOpen ? h`<section><h2>${t.stopAll}</h2><p>${t.stopAllText}</p>${sure(writing, "/stop-all", t.stopAll)}</section>` : h``}
${section(
  t.consents,
  t.consentsNone,
  consents.map((each) => consentItem(writing, each)),
)}
${section(
  t.requests,
  t.requestsNone,
  requests.map((each) => requestItem(writing, each)),
)}
${section(
  t.reads,
  t.readsNone,
  reads.map((each) => readItem(writing, each)),
)}
${section(
  t.visits,
  "",
  visits.map((at) => h`<li>${time(at)}</li>`),
)}
<section><h2>${t.erasure}</h2><p>${t.erasureText}</p>
${erasureItem(writing, everything.erasure)}</section>`;
}

/** The erasure request and its outcome, with the possible actions. */
function erasureItem(writing: Writing, of: ShownErasure | null): Html {
  const { t, language } = writing;
  const ask = sure(writing, "/erasure", t.erasureAsk);
  if (of === null || of.state === "taken-back") return ask;
  const asked = h`<p>${t.erasureAsked}: ${timeIn(language, of.askedAt)}</p>`;
  if (of.state === "open") return h`${asked}${press(writing, "/erasure/take-back", t.erasureBack)}`;
  const why = { "kept-by-law": t.keptByLaw, proceedings: t.proceedings, "not-wanted": t.notWanted };
  const closed = of.closedAt ? timeIn(language, of.closedAt) : "";
  const became = of.reason === null ? t.erasureDone : `${t.erasureDeclined} ${why[of.reason]}`;
  return h`${asked}<p>${closed}: ${became}</p>${ask}`;
}

const section = (title: string, none: string, items: Html[]): Html =>
  h`<section><h2>${title}</h2>${items.length > 0 ? h`<ul>${items}</ul>` : h`<p class="quiet">${none}</p>`}</section>`;

function enrolmentItem(writing: Writing, of: ShownEnrolment): Html {
  const { t, language } = writing;
  const isOpen = of.state === "active" || of.state === "applied";
  const facts = [
    of.isStopped ? t.stopped : of.state === "active" && of.isOver ? t.expired : t[of.state],
    `${t.since} ${timeIn(language, of.createdAt)}`,
    ...(of.isNewPhone ? [t.newPhone] : []),
    ...(isOpen && of.notAfter ? [`${t.until} ${timeIn(language, of.notAfter)}`] : []),
  ];
  return h`<li><strong>${of.party[language]}</strong> <span class="quiet">${of.appId} · ${facts.join(" · ")}</span>
${isOpen ? sure(writing, "/stop", t.stop, ["enrolment", of.id]) : h``}</li>`;
}

function consentItem(writing: Writing, of: ShownConsent): Html {
  const { t, language } = writing;
  const isOpen = of.state === "in-force";
  const states = { "in-force": t.inForce, withdrawn: t.withdrawn, expired: t.expired };
  const facts = [
    states[of.state],
    `${t.since} ${timeIn(language, of.createdAt)}`,
    `${t.until} ${timeIn(language, of.endedAt ?? of.validUntil)}`,
    ...(of.attributes.length > 0 ? [attributesIn(t, language, of.attributes)] : []),
  ];
  return h`<li><strong>${subjectOf(writing, of)}</strong> <span class="quiet">${facts.join(" · ")}</span>
${isOpen ? press(writing, "/withdraw", t.withdraw, ["consent", of.id]) : h``}</li>`;
}

function subjectOf({ t, language }: Writing, { kind, party, link }: ShownConsent): string {
  if (kind === "register-refresh") return t.register;
  if (link) return linkWords(t, language, link);
  return language === "ja" ? `${party?.ja ?? ""}${t.disclosure}` : `${party?.en ?? ""} ${t.disclosure}`;
}

/** The giving and the receiving party, the data, and the purpose. */
export const linkWords = (t: Texts, language: Language, of: ShownTerms): string =>
  language === "ja"
    ? `${t.link}: ${of.fromName.ja}${t.gives}${of.toName.ja}${t.to}「${of.dataset.ja}」（${t.for}: ${of.purpose.ja}）`
    : `${t.link}: ${of.fromName.en} ${t.gives} “${of.dataset.en}” ${t.to} ${of.toName.en}, ${t.for} “${of.purpose.en}”`;

function requestItem(writing: Writing, of: ShownRequest): Html {
  const { t, language } = writing;
  const states = {
    open: t.requestOpen,
    granted: t.requestGranted,
    declined: t.requestDeclined,
    "taken-back": t.requestTakenBack,
    expired: t.expired,
  };
  const isOpen = of.state === "open";
  const facts = [
    states[of.state],
    `${t.askedAt} ${timeIn(language, of.askedAt)}`,
    `${t.until} ${timeIn(language, of.endsAt)}`,
  ];
  return h`<li><strong>${linkWords(t, language, of)}</strong> <span class="quiet">${facts.join(" · ")}</span>
${isOpen && of.isGrantable ? press(writing, "/grant", t.grant, ["request", of.id]) : h``}${isOpen ? press(writing, "/decline", t.decline, ["request", of.id]) : h``}</li>`;
}

const readItem = (
  { t, language }: Writing,
  { party, isRefused, attributes, times, firstAt, readAt }: ShownRead,
): Html => {
  const first = timeIn(language, firstAt);
  const often =
    language === "ja"
      ? `${first}${t.timesSince}${times}${t.times}`
      : `${times} ${t.times} ${t.timesSince} ${first}`;
  return h`<li><strong>${party[language]}</strong> <span class="quiet">${timeIn(language, readAt)} · ${isRefused ? `${t.refused}: ` : ""}${attributesIn(t, language, attributes)}${times > 1 ? ` · ${often}` : ""}</span></li>`;
};

/** A button with one action. */
function press(
  { form }: Writing,
  action: string,
  words: string,
  field?: [name: string, value: string],
): Html {
  const named = field ? h`<input type="hidden" name="${field[0]}" value="${field[1]}">` : h``;
  return h`<form method="post" action="${action}"><input type="hidden" name="form" value="${form}">${named}<button>${words}</button></form>`;
}

/** The same for an action that cannot be undone. */
function sure(
  { form, t }: Writing,
  action: string,
  words: string,
  field?: [name: string, value: string],
): Html {
  const named = field ? h`<input type="hidden" name="${field[0]}" value="${field[1]}">` : h``;
  return h`<form method="post" action="${action}"><input type="hidden" name="form" value="${form}">${named}<label><input type="checkbox" name="sure" value="yes" required> ${t.sure}</label> <button>${words}</button></form>`;
}
