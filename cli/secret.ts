import { readFile, stat } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/**
 * A passphrase or PIN from a file with mode 0600, without the line's end; from the engine's own `service-keys.json` its
 * passphrase. Throws Error in one sentence without any of the content.
 */
export async function secretOfFile(path: string): Promise<string> {
  const { mode } = await stat(path).catch(() => {
    throw new Error(`There is no ${path}; name the file with the secret.`);
  });
  if ((mode & 0o077) !== 0)
    throw new Error(`Others may read ${path}: set mode 0600, and consider the secret known to others.`);
  const text = (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  const secret = path.endsWith(".json") ? passphraseIn(text) : text;
  if (secret === undefined || secret === "" || secret.includes("\n")) {
    throw new Error(`${path} does not hold a secret in one line.`);
  }
  return secret;
}

function passphraseIn(text: string): string | undefined {
  try {
    const { passphrase } = JSON.parse(text) as { passphrase?: unknown };
    return typeof passphrase === "string" ? passphrase : undefined;
  } catch {
    return undefined;
  }
}

/** A new secret is entered twice, because a typing error would lock what it protects. */
export async function askNewSecret(what: string, option: string): Promise<string> {
  const secret = await askSecret(what, option);
  if (secret === (await askSecret(`${what}, once more`, option))) return secret;
  throw new Error(`${what}: the two are not the same; nothing was made. Begin again.`);
}

/** Reads from the terminal, without echo. Throws Error without a terminal. */
export async function askSecret(what: string, option: string): Promise<string> {
  if (!process.stdin.isTTY) throw new Error(`There is no terminal to ask for ${what} at; use ${option}.`);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    process.stderr.write(`${what}: `);
    const secret = await terminal.question("");
    if (secret === "") throw new Error(`${what} must not be empty.`);
    return secret;
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
