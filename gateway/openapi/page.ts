import { randomBytes } from "node:crypto";
import { refusals } from "../../protocol/refusals.ts";
import { escapeHtml } from "../html.ts";
import { only, type Page } from "../security-headers.ts";

interface Operation {
  summary: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

export interface Document {
  info: { title: string; description: string };
  paths: Record<string, Record<string, Operation>>;
}

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{overflow:auto;padding:.8rem;border:1px solid #8884;border-radius:.4rem}
details{border-top:1px solid #8884;padding:.6rem 0}summary{cursor:pointer}
.method{display:inline-block;min-width:3.5rem;font-weight:700}.quiet{opacity:.75}table{border-collapse:collapse}td{padding:.2rem .6rem .2rem 0;vertical-align:top}`;

/** The document as a readable page: no script, no external content. */
export function openApiPage({ info, paths }: Document): Page {
  const nonce = randomBytes(16).toString("base64");
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(path, method, operation)),
  );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(info.title)}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(info.title)}</h1>
<p>${escapeHtml(info.description)} As JSON: <a href="/openapi.json">/openapi.json</a>.</p>
<h2>Addresses</h2>
${operations.join("\n")}
<h2>Refusals</h2>
<p class="quiet">Each is an RFC 9457 problem document with a stable <code>type</code>; its texts come in both languages.</p>
<table>
${problems()}
</table>
</main>
</body>
</html>
`;
  return { html, directives: only({ "style-src": [`'nonce-${nonce}'`] }) };
}

function section(path: string, method: string, operation: Operation): string {
  const { summary, parameters = [], requestBody, responses } = operation;
  const names = parameters.map(
    (each) =>
      `<li><code>${escapeHtml(each.name)}</code> in ${escapeHtml(each.in)}${each.required ? ", required" : ""}</li>`,
  );
  const answers = Object.entries(responses).map(([status, { description, content }]) => {
    return `<h4>${status === "default" ? "Otherwise" : escapeHtml(status)}: ${escapeHtml(description)}</h4>${status === "default" ? "" : schemas(content)}`;
  });
  return `<details id="${escapeHtml(`${method}${path}`)}">
<summary><span class="method">${escapeHtml(method.toUpperCase())}</span> <code>${escapeHtml(path)}</code> <span class="quiet">${escapeHtml(summary)}</span></summary>
${names.length > 0 ? `<ul>${names.join("")}</ul>` : ""}
${requestBody ? `<h4>Body</h4>${schemas(requestBody.content)}` : ""}
${answers.join("\n")}
</details>`;
}

const schemas = (content: Record<string, { schema: object }> = {}): string =>
  Object.entries(content)
    .map(
      ([type, { schema }]) =>
        `<p class="quiet">${escapeHtml(type)}</p><pre>${escapeHtml(JSON.stringify(schema, undefined, 2))}</pre>`,
    )
    .join("\n");

const problems = (): string =>
  Object.entries(refusals)
    .map(
      ([code, { status, what, next }]) =>
        `<tr><td><code>${escapeHtml(code)}</code></td><td>${status}</td><td>${escapeHtml(what.en)} ${escapeHtml(next.en)}<br>${escapeHtml(what.ja)}${escapeHtml(next.ja)}</td></tr>`,
    )
    .join("\n");
