import type { Run } from "../measure.ts";
import { Connection } from "./connection.ts";

export interface Load {
  port: number;
  /** Concurrent connections; each has one pending request. */
  concurrency: number;
  /** Whether connections are reused, or each request opens its own. */
  keepAlive: boolean;
  /** The next request to send. */
  next: () => Buffer;
}

/** Sends requests for this many milliseconds, as fast as answers arrive. */
export async function load({ port, concurrency, keepAlive, next }: Load, ms: number): Promise<Run> {
  const latencies: number[] = [];
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    let connection = keepAlive ? await Connection.open(port) : undefined;
    try {
      while (performance.now() - begun < ms) {
        const start = performance.now();
        connection ??= await Connection.open(port);
        await connection.ask(next());
        latencies.push(performance.now() - start);
        if (keepAlive) continue;
        connection.close();
        connection = undefined;
      }
    } finally {
      connection?.close();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return { latencies, elapsedMs: performance.now() - begun };
}

/** The answer to one request, on its own connection. */
export async function askOnce(port: number, request: Buffer): Promise<Buffer> {
  const connection = await Connection.open(port);
  try {
    return await connection.ask(request);
  } finally {
    connection.close();
  }
}
