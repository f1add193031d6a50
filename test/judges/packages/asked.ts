import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { cleanEnvironment } from "./folder.ts";

/** A program of the consumer's that is asked in lines of JSON (consumer/lines.mjs). */
export interface Asked {
  ask<T>(act: string, more?: object): Promise<T>;
  end(): Promise<void>;
}

export async function startAsked(node: string, path: string, cwd: string, env: object): Promise<Asked> {
  const child = spawn(node, [path], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exit = new Promise<unknown>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal)),
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${path} ended with ${String(await exit)}.`);
    const said = JSON.parse(value) as { answer: T } | { refused: string; text: string };
    if ("refused" in said) throw new Error(`${said.refused}: ${said.text}`);
    return said.answer;
  };
  await next();
  return {
    ask(act, more = {}) {
      child.stdin.write(`${JSON.stringify({ act, ...more })}\n`);
      return next();
    },
    async end() {
      child.stdin.end();
      await exit;
    },
  };
}
