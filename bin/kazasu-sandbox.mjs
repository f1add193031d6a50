#!/usr/bin/env node
/** `kazasu-sandbox`, of the package @kazasu/sandbox: the same as `npx kazasu sandbox` in a clone. */
import { command } from "./command.mjs";

await command(["sandbox", ...process.argv.slice(2)]);
