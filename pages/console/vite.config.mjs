import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The operator console, served by the gateway. Nothing is inlined: the content security policy allows only files. */
export default defineConfig({
  root: at("."),
  base: "/console/",
  build: {
    outDir: at("../../dist/pages/console"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
