import { randomInt } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "@temporalio/client";
import type { Logger } from "pino";
import type { Guard } from "./guard.ts";
import { startOwnHostProxy } from "./own-host-proxy.ts";
import { choosePort } from "./ports.ts";
import { awaitReady, launch, type ServerProcess } from "./server-process.ts";

const NAMESPACE = "kazasu";
const READY_MS = 60_000;
const ATTEMPTS = 4;

/** The Temporal development server as a child process. */
export interface EmbeddedTemporal {
  /** host:port of the frontend */
  address: string;
  /** http URL of its web UI */
  uiUrl: string;
  namespace: string;
  pid: number;
  ports: { temporal: number; temporalUi: number };
  /** Resolves if the server ends unexpectedly, with a sentence that says how, and its last output. */
  readonly died: Promise<string>;
  close(): Promise<void>;
}

interface TemporalOptions {
  /** path of the `temporal` program */
  binary: string;
  /** folder of its SQLite file; in memory if undefined */
  directory?: string;
  /** ports of the last run, reused if free */
  ports?: { temporal?: number; temporalUi?: number };
  /** ports reserved for others */
  taken?: Set<number>;
  guard: Guard;
  log: Logger;
}

/**
 * Starts `temporal server start-dev` on chosen loopback ports and waits until its frontend knows the namespace. Retries with
 * other ports if one was taken in between.
 * @throws Error with the server's last output if it cannot be started
 */
export async function startTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  const { binary, directory, ports = {}, taken = new Set<number>(), guard, log } = options;
  const home = directory ?? (await mkdtemp(join(tmpdir(), "kazasu-temporal-")));
  await mkdir(home, { recursive: true, mode: 0o700 });
  const leave = async () => {
    if (directory === undefined) await rm(home, { recursive: true, force: true });
  };
  let server: ServerProcess | undefined;
  let state = "late";
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const temporal = await choosePort(attempt === 0 ? ports.temporal : undefined, taken);
    const temporalUi = await choosePort(attempt === 0 ? ports.temporalUi : undefined, taken);
    const behind = { host: hiddenAddress(), port: await choosePort(undefined, taken) };
    const args = [
      "server",
      "start-dev",
      "--ip",
      "127.0.0.1",
      "--namespace",
      NAMESPACE,
      "--log-level",
      "error",
    ];
    args.push("--port", String(temporal), "--ui-ip", behind.host, "--ui-port", String(behind.port));
    // Its HTTP API is not used here, and it would answer under every host name.
    args.push("--dynamic-config-value", 'frontend.httpAllowedHosts=["nobody.invalid"]');
    if (directory !== undefined) args.push("--db-filename", join(directory, "temporal.db"));
    server = await launch({
      name: "temporal",
      command: binary,
      args,
      home,
      stopSignal: "SIGTERM",
      guard,
      log,
    });
    const address = `127.0.0.1:${temporal}`;
    state = await awaitReady(server, () => probe(address), READY_MS);
    if (state === "ready") {
      const { pid, died, stop } = server;
      const own = { temporal, temporalUi };
      const ui = await startOwnHostProxy(temporalUi, behind).catch(async (error: unknown) => {
        await stop();
        throw error;
      });
      const close = async () => {
        await Promise.all([ui.close(), stop()]);
        await leave();
      };
      return { address, uiUrl: ui.url, namespace: NAMESPACE, pid, ports: own, died, close };
    }
    await server.stop();
    if (!/address already in use|can't set .* port|not available/i.test(server.output())) break;
  }
  await leave();
  const words = server?.output().trim().split("\n").at(-1) ?? "nothing";
  const why = state === "late" ? `was not ready in ${READY_MS / 1000} s` : "ended during its start";
  throw new Error(
    `The Temporal server ${why}: run ${binary} server start-dev by hand to see why. It said: ${words}`,
  );
}

/**
 * The address of the web UI, which does not check Host or Origin: an address of the loopback network that a web page would have
 * to guess among sixteen million. Only Linux has all of them.
 */
function hiddenAddress(): string {
  if (process.platform !== "linux") return "127.0.0.1";
  return `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

async function probe(address: string): Promise<void> {
  // gRPC waits a second before it reconnects after a refusal: probe by TCP until the port is open.
  await knock(Number(address.split(":")[1]));
  const connection = await Connection.connect({ address, connectTimeout: "2s" });
  try {
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
  } finally {
    await connection.close();
  }
}

function knock(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", reject).once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}
