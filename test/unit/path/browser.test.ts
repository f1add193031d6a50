import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { build } from "esbuild";

test.each(["path/find.ts", "path/revocation.ts", "web-signature.ts"])(
  "ok/ %s runs in a browser",
  async (file) => {
    const entry = fileURLToPath(new URL(`../../../pki/x509/${file}`, import.meta.url));
    // An import of `node:` cannot be resolved for a browser, and fails the build.
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      format: "esm",
      platform: "browser",
      write: false,
    });
    const text = outputFiles.map((output) => output.text).join("");
    expect(text).toContain("export {");
    expect(/\b(Buffer|require)\b[.(]/.test(text)).toBe(false);
  },
);
