/** `npm run demo`: `kazasu demo` from a clean clone. */
import { command } from "./command.mjs";

await command(["demo", ...process.argv.slice(2)]);
