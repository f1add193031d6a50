/** The imports of compiled files, from the compiler's lines that begin with `import` or `export`. */
import { posix } from "node:path";

const STATIC = /^((?:import|export)\b[^";]*?\bfrom |import )"([^"\n]+)"/gm;
const LAZY = /(\bimport\()"([^"\n]+)"(?=\))/g;
const REQUIRED = /(\brequire\()"([^"\n]+)"(?=\))/g;
/** A package that is resolved by its name without being imported (`createRequire(…).resolve`). */
const LOOKED_UP = /(\.resolve\()"([^"\n./]+)"(?=\))/g;
const ASSET = /new URL\("(\.\/[^"\n]+)", import\.meta\.url\)/g;

const patternsOf = (path) => (path.endsWith(".cjs") ? [REQUIRED] : [STATIC, LAZY, LOOKED_UP]);

/** @returns {string[]} every specifier, as it is written */
export const importsOf = (path, text) =>
  patternsOf(path).flatMap((pattern) => [...text.matchAll(pattern)].map(([, , specifier]) => specifier));

/** The same text with each specifier replaced by `rename`. */
export const renameImports = (path, text, rename) =>
  patternsOf(path).reduce(
    (all, pattern) => all.replaceAll(pattern, (_, before, specifier) => `${before}"${rename(specifier)}"`),
    text,
  );

/** Files that are read or loaded by their relative path, as `./name`. */
export const assetsOf = (text) => [...text.matchAll(ASSET)].map(([, asset]) => asset);

/** @returns {string | undefined} the npm package of a specifier; undefined for a path or a Node module */
export function packageOf(specifier) {
  if (specifier.startsWith(".") || specifier.startsWith("#") || specifier.startsWith("node:"))
    return undefined;
  const [scope, name] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

/** The file of a relative specifier: types are next to the code, as `.d.ts` or, in sources, as `.ts`. */
export function resolved(from, specifier) {
  const path = posix.join(posix.dirname(from), specifier);
  return from.endsWith(".d.ts") ? path.replace(/\.[jt]s$/, ".d.ts") : path;
}

/** From one file to another, as a specifier. */
export function relative(from, to) {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}
