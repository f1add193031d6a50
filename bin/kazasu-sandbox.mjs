#!/usr/bin/env node
/** `kazasu-sandbox`, of the package @kazasu/sandbox: what `npx kazasu sandbox` is in a clone. */
import { command } from "./command.mjs";

await command(["sandbox", ...process.argv.slice(2)]);
