import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, Script } from "node:vm";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { type BuildResult, build } from "esbuild";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const app = join(root, "client/app");

/**
 * Minified, not compressed; 381 kB when this was written. `import { z } from "zod"` instead of `* as z` costs 363 kB
 * more, half of it the languages of its messages: no bundler can shake that object.
 */
const budgetBytes = 459_000;

/** Everything of client/app, as an app that uses all of it would bundle it. */
async function bundle(format: "esm" | "iife") {
  const files = (await readdir(app, { recursive: true })).filter(
    (name) => name.endsWith(".ts") && !/^(dist|node_modules)\//.test(name),
  );
  return build({
    stdin: {
      contents: files.map((name) => `export * from "./${name}";`).join("\n"),
      resolveDir: app,
    },
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

let built: BuildResult<{ metafile: true; write: false }>;
beforeAll(async () => {
  built = await bundle("esm");
});

describe("client/app in a browser", () => {
  test(`ok/bundles into at most ${budgetBytes} bytes`, () => {
    const { length } = built.outputFiles[0]!.contents;
    process.stderr.write(`client/app, bundled and minified: ${length} bytes\n`);
    expect(length).toBeLessThanOrEqual(budgetBytes);
    expect(length).toBeGreaterThan(100_000);
  });

  test("fail/no Node built-in, no Temporal, no Postgres, nothing of another room", () => {
    const inputs = Object.keys(built.metafile.inputs);
    expect(
      inputs.filter((path) => /@temporalio|node_modules\/(pg|fastify|pino|pkijs|undici)\//.test(path)),
    ).toEqual([]);
    const rooms = inputs.filter((path) => !path.includes("node_modules/") && path !== "<stdin>");
    expect(rooms.filter((path) => !/^(client\/app|protocol|pki\/(der|x509|cms))\//.test(path))).toEqual([]);
    expect(rooms.length).toBeGreaterThan(15);
  });

  test("fail/no import is left, except a fallback of @hpke for runtimes without WebCrypto", () => {
    const external = Object.entries(built.metafile.inputs).flatMap(([path, { imports }]) =>
      imports
        .filter((one) => one.external)
        .map((one) => `${path.replace(/^.*node_modules\//, "")} ${one.kind} ${one.path}`),
    );
    expect(external.filter((line) => !/^@hpke\/common\/.* dynamic-import crypto$/.test(line))).toEqual([]);
    expect(built.outputFiles[0]!.text).not.toMatch(/["']node:/);
  });

  test("ok/it runs where there is no Buffer, no process and no require: key, request, sealing and opening", async () => {
    const { outputFiles } = await bundle("iife");
    const { TextEncoder, TextDecoder, URL, AbortSignal, fetch, atob, btoa } = globalThis;
    const phone = createContext({ TextEncoder, TextDecoder, URL, AbortSignal, fetch, atob, btoa, crypto });
    new Script(outputFiles[0]!.text.replace('"use strict";', "")).runInContext(phone);
    const run = new Script(`(async () => {
      const key = await kazasu.makeWebCryptoDeviceKey();
      const request = await kazasu.certificateRequest(key);
      const pin = kazasu.signPin("abc123");
      return [typeof Buffer, typeof process, typeof require, key.spki.length, request[0], pin].join(" ");
    })()`);
    expect(await run.runInContext(phone)).toBe("undefined undefined undefined 91 48 ABC123");
  });
});
