import type { ShownPerson } from "../persons/shown-person.ts";

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? "");

/** The buttons of each person, and the bodies that they send. */
const buttons: readonly [label: string, method: "POST" | "PUT", act: string, body: object][] = [
  ["enrol", "POST", "enrol", {}],
  ["tap again", "POST", "tap", {}],
  ["move", "POST", "move", {}],
  ["inbox", "POST", "inbox", {}],
  ["confirm", "POST", "answer", { decision: "confirm" }],
  ["decline", "POST", "answer", { decision: "decline" }],
  ["not me", "POST", "not-me", {}],
  ["consents", "POST", "consents", {}],
  ["auto: confirm", "PUT", "auto", { on: true, decision: "confirm" }],
  ["auto: decline", "PUT", "auto", { on: true, decision: "decline" }],
  ["auto: off", "PUT", "auto", { on: false }],
];
/** Those that need a party. */
const atParty = new Set(["enrol", "tap", "consents"]);

const script = `
const said = document.querySelector("#said"), party = document.querySelector("#party");
document.addEventListener("click", async ({ target }) => {
  if (!(target instanceof HTMLButtonElement)) return;
  const { method, path, body, atParty } = target.dataset;
  const sent = { ...JSON.parse(body), ...(atParty ? { party: party.value } : {}) };
  const line = method + " " + path + " " + JSON.stringify(sent);
  said.textContent = line + "\\n…";
  target.disabled = true;
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(path, { method, headers, body: JSON.stringify(sent) });
    said.textContent = line + "\\n" + answer.status + "\\n" + JSON.stringify(await answer.json(), undefined, 2);
  } catch (error) {
    said.textContent = line + "\\n" + error;
  }
  target.disabled = false;
});`;

const style = `body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse}
td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top}
pre{background:#eee;padding:1rem;white-space:pre-wrap;position:sticky;bottom:0;max-height:40vh;overflow:auto}button{margin:.1rem}`;

/**
 * The sandbox as a page: each person, what to expect, and a button for each act. All content is escaped.
 * @param nonce of the content security policy: only the page's own script and style are allowed
 */
export function sandboxPage(
  people: readonly ShownPerson[],
  addresses: Record<string, string>,
  nonce: string,
): string {
  const links = Object.entries(addresses).map(
    ([name, url]) => `<li>${escaped(name)}: <code>${escaped(url)}</code></li>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>kazasu sandbox</title>
<style nonce="${nonce}">${style}</style>
<h1>kazasu sandbox</h1>
<p>Nobody here is real. 人名・住所はすべて架空です。</p>
<ul>${links.join("")}</ul>
<p><label>Party 相手先 <input id="party" value="abc-bank" pattern="[a-z0-9-]+"></label> its app is <code>&lt;party&gt;-app</code></p>
<table>
<thead><tr><th>Person 人物<th>What to expect 期待される結果<th>Enrolled at 登録先<th>Acts 操作</tr></thead>
<tbody>
${people.map(row).join("\n")}
</tbody>
</table>
<pre id="said" aria-live="polite"></pre>
<script nonce="${nonce}">${script}</script>
`;
}

function row({ person, name, address, expect, enrolments, auto }: ShownPerson): string {
  const acts = buttons.map(([label, method, act, body]) => {
    const data = [
      ["method", method],
      ["path", `/people/${person}/${act}`],
      ["body", JSON.stringify(body)],
      ...(atParty.has(act) ? [["at-party", "yes"]] : []),
    ].map(([key, value = ""]) => `data-${key}="${escaped(value)}"`);
    return `<button ${data.join(" ")}>${escaped(label)}</button>`;
  });
  const parties = enrolments.map(({ party, app }) => escaped(`${party} (${app})`)).join("<br>") || "–";
  const answers = auto.on ? `<br>auto: ${escaped(auto.decision)}` : "";
  return `<tr><td><b>${escaped(person)}</b><br>${escaped(name)}<br><small>${escaped(address)}</small>
<td>${escaped(expect.en)}<br>${escaped(expect.ja)}<td>${parties}${answers}<td>${acts.join("")}</tr>`;
}
