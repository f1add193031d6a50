/**
 * `npm run collection -- GATEWAY`: writes docs/reference/party.postman_collection.json from the OpenAPI document of a running
 * gateway, for Postman and Bruno (which imports it).
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./bootstrap.mjs";
import { fail, Refusal } from "./progress.mjs";

/** Below the root. */
export const collectionFile = "docs/reference/party.postman_collection.json";

const schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
const about =
  "The operations of a relying party, made from /openapi.json. Set `gateway` to the gateway's address. Every request of a party's " +
  "server carries a token and a DPoP proof for exactly this request (RFC 9449): set `access_token` and, for each request anew, " +
  "`dpop_proof`; `client_assertion` is signed with the client's key (RFC 7523). docs/examples/connect.ts makes all three.";
const variables = ["gateway", "access_token", "dpop_proof", "client_assertion"];
const folders = [
  ["/openid/", "Login and tokens: FAPI 2.0"],
  ["/oidc/", "Login: ordinary OpenID libraries"],
  ["/ssf/", "Events"],
  ["/v1/", "Attributes, transactions, links"],
];

/**
 * A Postman collection (format 2.1) with the operations of parties. Deterministic.
 * @param document the gateway's OpenAPI document
 */
export function collectionOf(document) {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const ofParties = operations.filter(({ path, operation }) => operation.security || isOAuth(path));
  return {
    info: { name: "kazasu: a relying party", description: about, schema },
    variable: variables.map((key) => ({ key, value: key === "gateway" ? "http://127.0.0.1:8080" : "" })),
    item: folders.map(([prefix, name]) => ({
      name,
      item: ofParties.filter(({ path }) => path.startsWith(prefix)).map(itemOf),
    })),
  };
}

const isOAuth = (path) => path.startsWith("/openid/") || path.startsWith("/oidc/");

function itemOf({ path, method, operation }) {
  const request = requestOf(path, method, operation);
  return { name: operation.summary, request, response: answersOf(operation, request) };
}

function requestOf(path, method, { parameters = [], requestBody, security }) {
  const [mediaType, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const header = [
    ...(mediaType ? [{ key: "Content-Type", value: mediaType }] : []),
    ...authorizationOf(path, security),
    ...parameters
      .filter((each) => each.in === "header")
      .map(({ name, example, required = false }) => ({ key: name, value: example, disabled: !required })),
  ];
  const query = parameters
    .filter((each) => each.in === "query")
    .map(({ name, example, required = false }) => ({
      key: name,
      value: String(example),
      disabled: !required,
    }));
  const variable = parameters
    .filter((each) => each.in === "path")
    .map(({ name, example }) => ({ key: name, value: String(example) }));
  const segments = path
    .slice(1)
    .replaceAll(/\{(\w+)\}/g, ":$1")
    .split("/");
  const shown = query.filter(({ disabled }) => !disabled).map(({ key, value }) => `${key}=${value}`);
  const raw = `{{gateway}}/${segments.join("/")}${shown.length > 0 ? `?${shown.join("&")}` : ""}`;
  const url = { raw, host: ["{{gateway}}"], path: segments, query, variable };
  return { method, header, url, ...(media ? { body: bodyOf(mediaType, media) } : {}) };
}

function authorizationOf(path, security) {
  const proof = { key: "DPoP", value: "{{dpop_proof}}" };
  if (security || path === "/openid/me")
    return [{ key: "Authorization", value: "DPoP {{access_token}}" }, proof];
  if (path === "/oidc/me") return [{ key: "Authorization", value: "Bearer {{access_token}}" }];
  return path === "/openid/token" || path === "/openid/request" ? [proof] : [];
}

function bodyOf(mediaType, { example }) {
  if (mediaType !== "application/x-www-form-urlencoded")
    return {
      mode: "raw",
      raw: JSON.stringify(example, undefined, 2),
      options: { raw: { language: "json" } },
    };
  const urlencoded = Object.entries(example).map(([key, value]) => ({
    key,
    value: key === "client_assertion" ? "{{client_assertion}}" : String(value),
  }));
  return { mode: "urlencoded", urlencoded };
}

/** One answer for each status and, of refusals, each code. */
function answersOf({ responses }, originalRequest) {
  return Object.entries(responses).flatMap(([status, { description, content = {} }]) => {
    const [[type, media] = []] = Object.entries(content);
    const examples = Object.entries(media?.examples ?? { [description]: { value: media?.example } });
    return examples.map(([name, { value }]) => ({
      name: `${status} ${name}`,
      ...(Number(status) < 300 ? { originalRequest } : {}),
      code: Number(status),
      header: type === undefined ? [] : [{ key: "Content-Type", value: type }],
      body: value === undefined ? "" : JSON.stringify(value, undefined, 2),
    }));
  });
}

export const writtenCollection = (document) => `${JSON.stringify(collectionOf(document), undefined, 2)}\n`;

async function main([gateway]) {
  if (gateway === undefined)
    throw new Refusal("Give the address of a running gateway: npm run collection -- http://127.0.0.1:PORT");
  const answer = await fetch(new URL("/openapi.json", gateway));
  if (!answer.ok) throw new Refusal(`${gateway} has no OpenAPI document (HTTP ${answer.status}).`);
  await writeFile(join(root, collectionFile), writtenCollection(await answer.json()));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2)).catch(fail);
