import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** How a client's server is started. */
export interface Command {
  program: string;
  args: string[];
  env?: Record<string, string>;
  /** What it writes when it listens. */
  ready: RegExp;
}

export interface Server {
  stop: () => Promise<void>;
  /** What it has written, for a failure's message. */
  said: () => string;
}

const keptCharacters = 6_000;

/**
 * Starts a server and waits until it says that it listens.
 * @param signal ends it, whether it listens or not
 * @throws Error with what it wrote, if it ends before
 */
export async function startServer(
  { program, args, env = {}, ready }: Command,
  settings: Record<string, string>,
  signal: AbortSignal,
): Promise<Server> {
  const child = spawn(program, args, {
    signal,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env, ...settings },
  });
  let said = "";
  const exit = once(child, "exit").catch((error: Error) => {
    said += error.message;
  });
  const isReady = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-keptCharacters);
        if (ready.test(said)) resolve(true);
      });
    void exit.then(() => resolve(false));
  });
  if (!(await isReady)) throw new Error(`${program} ended before it listened: ${said}`);
  return {
    said: () => said,
    stop: async () => {
      child.kill("SIGTERM");
      await exit;
    },
  };
}

/** A free port of the loopback interface. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
