/**
 * Hooks of Node's module loader (runtime.cjs): types are stripped from `.ts`, `@jest/globals` is that of the running file,
 * and every module of ours is loaded anew for each test file, by its number in the query of the URL. So no test file sees
 * state of a module that another has left. Packages stay loaded: they are most of what there is to load.
 */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { transformSync } = createRequire(import.meta.url)("@swc/wasm-typescript");

const root = new URL("../..", import.meta.url).href;
const packages = new URL("node_modules/", root).href;
const globals = new URL("globals.mjs", import.meta.url).href;
const stripped = new Map();

/** Called with a value by `registerHooks`, with a promise by `register`. */
const after = (value, step) => (typeof value.then === "function" ? value.then(step) : step(value));

export function resolve(specifier, context, next) {
  const file = /\?test-file=\d+$/.exec(context.parentURL ?? "")?.[0];
  if (file === undefined) return next(specifier, context);
  if (specifier === "@jest/globals") return { url: globals + file, format: "module", shortCircuit: true };
  return after(next(sourceOf(specifier), context), (found) =>
    isOurs(found.url) ? { ...found, url: found.url + file } : found,
  );
}

export function load(url, context, next) {
  if (!/^file:.*\.ts(\?|$)/.test(url)) return next(url, context);
  return { format: "module", source: strip(fileURLToPath(url)), shortCircuit: true };
}

/** docs/examples import what a party installs (docs/decisions/0037); here that is the rooms themselves. */
function sourceOf(specifier) {
  const [, name, entry = "/index"] =
    /^@kazasu\/(protocol|pki|app|relying-party|engine)(\/.+)?$/.exec(specifier) ?? [];
  if (name === undefined) return specifier;
  const room = name === "protocol" || name === "pki" ? name : `client/${name}`;
  return new URL(`${room}${entry}.ts`, root).href;
}

const isOurs = (url) => url.startsWith(root) && !url.startsWith(packages) && !url.includes("?");

function strip(path) {
  const { mtimeMs } = statSync(path); // a run that watches
  const known = stripped.get(path);
  if (known?.mtimeMs === mtimeMs) return known.source;
  const source = transformSync(readFileSync(path, "utf8"), { mode: "strip-only", module: true }).code;
  stripped.set(path, { mtimeMs, source });
  return source;
}
