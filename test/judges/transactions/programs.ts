import { execFile } from "node:child_process";
import * as z from "zod";
import type { Verdict } from "./exhibits.ts";

const answer = z.array(z.object({ name: z.string(), accepted: z.boolean(), word: z.string() }));

/** Runs a judge that is a program: its last argument is the folder, and its verdicts come as JSON. */
export function askProgram(program: string, args: readonly string[], directory: string): Promise<Verdict[]> {
  return new Promise((resolve, reject) => {
    const options = { env: process.env, maxBuffer: 16 * 1024 * 1024 };
    execFile(program, [...args, directory], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} failed: ${stderr.slice(-2_000)}`, { cause: error }));
      else resolve(answer.parse(JSON.parse(stdout)));
    });
  });
}

/** What `npm run test:judges` has set in a variable. */
export function given(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: run the judges by \`npm run test:judges\`.`);
  return value;
}
