import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { build, type Metafile, transform } from "esbuild";
import { chromium } from "playwright-core";
import { linked, packAll } from "../judges/packages/folder.ts";
import { makeSigned } from "../unit/transaction/signed.ts";

/** The packed SDKs as each runtime's bundler takes them by their `exports`, and in Chromium. */

const sdks = ["protocol", "pki", "app", "relying-party"] as const;

let folder: string;
beforeAll(async () => {
  folder = await linked(await packAll(...sdks.map((name) => `@kazasu/${name}`)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Everything that these packages export, bundled under the conditions of a runtime. */
async function bundle(names: readonly string[], conditions: string[]) {
  const built = await build({
    stdin: {
      contents: [
        ...names.map((name) => `export * as ${name.replace("-", "_")} from "@kazasu/${name}";`),
        `export { verifySignature } from "@kazasu/pki/x509/verify-signature";`,
      ].join("\n"),
      resolveDir: folder,
    },
    absWorkingDir: folder,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["browser", "module", "main"],
    conditions,
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return { text: built.outputFiles[0]!.text, metafile: built.metafile };
}

/** What would have to be loaded at run time, but a fallback of @hpke for runtimes without WebCrypto. */
const leftToLoad = ({ inputs }: Metafile): string[] =>
  Object.entries(inputs).flatMap(([path, { imports }]) =>
    imports
      .filter(
        ({ external, path: wanted }) => external && !(wanted === "crypto" && path.includes("@hpke/common/")),
      )
      .map(({ path: wanted }) => `${path} ${wanted}`),
  );

/** Node's globals in our own files, without their comments. */
async function globalsOfNode({ inputs }: Metafile): Promise<string[]> {
  const own = Object.keys(inputs).filter((path) => path.includes("@kazasu/"));
  expect(own.length).toBeGreaterThan(50);
  const found = own.map(async (path) => {
    const { code } = await transform(await readFile(join(folder, path), "utf8"), { legalComments: "none" });
    return [...code.matchAll(/(?<![.\w#])(?:Buffer\b|process\.|require\(|__dirname\b)|["']node:/g)].map(
      ([what]) => `${path}: ${what}`,
    );
  });
  return (await Promise.all(found)).flat();
}

describe.each([["browser"], ["react-native"], ["worker"]])("%s", (condition) => {
  test("fail/no Node built-in and no Node global in protocol, pki, app or relying-party", async () => {
    const { metafile } = await bundle(sdks, [condition, "import"]);
    expect(leftToLoad(metafile)).toEqual([]);
    expect(await globalsOfNode(metafile)).toEqual([]);
  });
});

describe("node", () => {
  test("ok/signatures are verified with Node's own crypto; its globals would be found in the others", async () => {
    const { metafile } = await bundle(["pki"], ["node", "import"]);
    expect(await globalsOfNode(metafile)).toContainEqual(expect.stringMatching(/node-verifier\.js: Buffer$/));
    expect(Object.keys(metafile.inputs).filter((path) => path.endsWith("/node-verifier.js"))).toHaveLength(1);
  });
});

test("ok/Chromium seals and opens, makes a device's key and signs, and verifies a signed transaction", async () => {
  const { text } = await bundle(sdks, ["browser", "import"]);
  const server = createServer((request, response) => {
    const [type, body] =
      request.url === "/sdk.js" ? ["text/javascript", text] : ["text/html", "<!doctype html>"];
    response.writeHead(200, { "content-type": type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: process.env["KAZASU_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const { cms, expected } = await makeSigned();
    const made = JSON.stringify({ cms, expected }, (_, value: unknown) =>
      value instanceof Uint8Array ? { bytes: [...value] } : value,
    );
    const said = await page.evaluate<Record<string, unknown>>(`(async () => {
      const { protocol, app, relying_party: party } = await import("/sdk.js");
      const { cms, expected } = JSON.parse(${JSON.stringify(made)}, (_, value) =>
        value && value.bytes ? new Uint8Array(value.bytes) : value);
      const { keyPair, point } = await protocol.makeSealingKey();
      const context = protocol.codeContext("AAAA");
      const sealed = await protocol.seal(point, protocol.utf8("kazasu"), context);
      const opened = new TextDecoder().decode(await protocol.open(keyPair, sealed, context));
      const deviceKey = await app.makeWebCryptoDeviceKey();
      const enrolment = { enrolmentId: crypto.randomUUID(), deviceKey, issuer: "ca" };
      const { message } = await app.signPhoneMessage(enrolment, { type: protocol.labels.inbox });
      const { subject } = await party.verifySignedTransaction(cms, expected);
      const refused = await party.verifySignedTransaction(cms, { ...expected, subject: "x" })
        .catch((error) => [error instanceof party.SignatureInvalid, error.code]);
      return { opened, parts: message.split(".").length, subject, refused };
    })()`);
    const { subject } = expected;
    expect(said).toEqual({ opened: "kazasu", parts: 3, subject, refused: [true, "OTHER_SUBJECT"] });
  } finally {
    await browser.close();
    server.close();
  }
});
