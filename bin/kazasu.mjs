#!/usr/bin/env node
import { command } from "./command.mjs";

await command(process.argv.slice(2));
