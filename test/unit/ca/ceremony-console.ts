import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, jest } from "@jest/globals";
import { Command } from "commander";
import { ceremonyCommand } from "../../../cli/ceremony.ts";
import { scratchDirectory } from "./openssl.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let printed: string[];
let exitCode: typeof process.exitCode;

/** A path in a folder of the test file's own. */
export const path = (name: string): string => join(scratch.path, name);

/** For the tests of one file: a folder; and for each test, what is printed is caught and the exit code put back. */
export function catchConsole(): void {
  beforeAll(() => {
    scratch = scratchDirectory();
  });
  afterAll(() => scratch.remove());
  beforeEach(() => {
    printed = [];
    exitCode = process.exitCode;
    const print = (text: unknown) => void printed.push(String(text));
    jest.spyOn(console, "log").mockImplementation(print);
    jest.spyOn(console, "error").mockImplementation(print);
    jest.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = exitCode;
  });
}

/** Runs `kazasu ceremony …`: what it printed, and its exit code. */
export async function run(...args: string[]): Promise<{ output: string[]; code: typeof process.exitCode }> {
  printed = [];
  process.exitCode = undefined;
  const program = new Command("kazasu").exitOverride();
  ceremonyCommand(program);
  await program.parseAsync(["ceremony", ...args], { from: "user" });
  return { output: printed, code: process.exitCode ?? 0 };
}
