import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** One page for each folder with an index.html. Nothing is inlined: the content security policy allows only files. */
export default defineConfig({
  root: at("."),
  base: "/pages/",
  build: {
    outDir: at("../dist/pages"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: ["developer", "app", "phone", "bank", "town-hall"].map((page) => at(`${page}/index.html`)),
    },
  },
});
