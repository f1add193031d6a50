import { expect, test } from "@jest/globals";

/** How the build of packages reads and rewrites what the compiler has written. */

// Plain .mjs that knows no types: it must run before anything is installed.
const { assetsOf, importsOf, packageOf, relative, renameImports, resolved } = (await import(
  new URL("../../../bin/package-imports.mjs", import.meta.url).href
)) as {
  assetsOf: (text: string) => string[];
  importsOf: (path: string, text: string) => string[];
  packageOf: (specifier: string) => string | undefined;
  relative: (from: string, to: string) => string;
  renameImports: (path: string, text: string, rename: (specifier: string) => string) => string;
  resolved: (from: string, specifier: string) => string;
};

const code = `/**
 * @example
 * import { a } from "not-this";
 */
import { b } from "./b.js";
import {
  c,
  d,
} from "@scope/c/deep";
import "reflect-metadata";
export { e } from "../e.js";
export const f = async () => import("./f.js");
const text = "import { g } from 'not-this-either'";
const found = createRequire(import.meta.url).resolve("looked-up");
const file = new URL("./data.json", import.meta.url);
`;

test("ok/imports are those of the code, not of its comments and texts", () => {
  expect(importsOf("x.js", code).toSorted((a, b) => a.localeCompare(b))).toEqual(
    ["@scope/c/deep", "../e.js", "./b.js", "./f.js", "looked-up", "reflect-metadata"].toSorted((a, b) =>
      a.localeCompare(b),
    ),
  );
  expect(importsOf("x.cjs", 'const { h } = require("h");')).toEqual(["h"]);
  expect(assetsOf(code)).toEqual(["./data.json"]);
});

test("ok/each is renamed in place, and nothing else is", () => {
  const renamed = renameImports("x.js", code, (specifier) => specifier.replace("./b.js", "@kazasu/b"));
  expect(renamed).toBe(code.replace('"./b.js"', '"@kazasu/b"'));
});

test("ok/types lie beside the code: a specifier in a .d.ts means the .d.ts", () => {
  expect(resolved("client/app/login.d.ts", "../../protocol/login.ts")).toBe("protocol/login.d.ts");
  expect(resolved("client/app/login.js", "../../protocol/login.js")).toBe("protocol/login.js");
  expect(relative("card/tap.js", "login.js")).toBe("../login.js");
  expect(relative("login.js", "card/tap.js")).toBe("./card/tap.js");
});

test.each([
  ["@scope/c/deep", "@scope/c"],
  ["zod/v4", "zod"],
  ["./a.js", undefined],
  ["node:crypto", undefined],
])("ok/%s is of the package %s", (specifier, name) => {
  expect(packageOf(specifier)).toBe(name);
});
