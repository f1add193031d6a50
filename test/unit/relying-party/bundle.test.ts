import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createContext, Script } from "node:vm";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type BuildResult, build } from "esbuild";
import { makeSigned } from "../transaction/signed.ts";

const sdk = fileURLToPath(new URL("../../../client/relying-party", import.meta.url));

/** Minified, not compressed: everything, and what verifies transactions alone. */
const budgets = { everything: 380_000, transactions: 155_000 };

async function bundle(contents: string, format: "esm" | "iife") {
  return build({
    stdin: { contents, resolveDir: sdk },
    bundle: true,
    minify: true,
    platform: "browser",
    format,
    target: "es2022",
    globalName: "kazasu",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
}

const everything = async (): Promise<string> => {
  const files = (await readdir(sdk)).filter((name) => name.endsWith(".ts"));
  return files.map((name) => `export * from "./${name}";`).join("\n");
};

let built: BuildResult<{ metafile: true; write: false }>;
beforeAll(async () => {
  built = await bundle(await everything(), "esm");
});

describe("client/relying-party in a browser", () => {
  test("ok/stays within its sizes", async () => {
    const transactions = await bundle(`export * from "./signed-transaction.ts";`, "esm");
    const sizes = { everything: built, transactions };
    for (const [name, { outputFiles }] of Object.entries(sizes)) {
      const { length } = outputFiles[0]!.contents;
      process.stderr.write(`client/relying-party, ${name}, bundled and minified: ${length} bytes\n`);
      expect(length).toBeLessThanOrEqual(budgets[name as keyof typeof budgets]);
      expect(length).toBeGreaterThan(50_000);
    }
  });

  test("fail/no Node built-in, no library that reads ASN.1 loosely, nothing of the engine but what it shares", () => {
    const inputs = Object.keys(built.metafile.inputs);
    expect(inputs.filter((path) => /node_modules\/(pkijs|@peculiar\/x509)\//.test(path))).toEqual([]);
    const rooms = inputs.filter((path) => !path.includes("node_modules/") && path !== "<stdin>");
    const shared = /^(client\/relying-party|protocol|pki\/(der|x509|cms|crl|ocsp))\//;
    expect(rooms.filter((path) => !shared.test(path))).toEqual([]);
    expect(rooms.length).toBeGreaterThan(30);
    const external = Object.values(built.metafile.inputs).flatMap(({ imports }) =>
      imports.filter((one) => one.external).map((one) => one.path),
    );
    expect(external).toEqual([]);
    expect(built.outputFiles[0]!.text).not.toMatch(/(from|import|require\()\s*\(?["']node:/);
  });

  test("ok/verifies a transaction where there is no Buffer, no process and no require", async () => {
    const { outputFiles } = await bundle(`export * from "./signed-transaction.ts";`, "iife");
    const { TextEncoder, TextDecoder, URL } = globalThis;
    const made = await makeSigned();
    const browser = createContext({ TextEncoder, TextDecoder, URL, crypto, made, Uint8Array, Date });
    new Script(outputFiles[0]!.text.replace('"use strict";', "")).runInContext(browser);
    const run = new Script(`(async () => {
      const { subject } = await kazasu.verifySignedTransaction(made.cms, made.expected);
      const refused = await kazasu.verifySignedTransaction(made.cms, { ...made.expected, subject: "x" })
        .catch(({ code }) => code);
      const changed = Uint8Array.from(made.cms);
      changed[changed.length - 1] ^= 1;
      const broken = await kazasu.verifySignedTransaction(changed, made.expected).catch(({ code }) => code);
      return [typeof Buffer, typeof process, typeof require, subject, refused, broken].join(" ");
    })()`);
    const { subject } = made.expected;
    expect(await run.runInContext(browser)).toBe(
      `undefined undefined undefined ${String(subject)} OTHER_SUBJECT SIGNATURE_WRONG`,
    );
  });
});
