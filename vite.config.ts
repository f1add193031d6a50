import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

const pages = readdirSync(new URL("pages", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `pages/${name}/index.html`);

/** Each `pages/<name>/index.html` is a page of its own. */
export default defineConfig({
  root: "pages",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: { outDir: "../dist/pages", emptyOutDir: true, rollupOptions: { input: pages } },
});
