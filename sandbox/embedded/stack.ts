import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { startAttester } from "../../simulators/attester/server.ts";
import { startBank } from "../../simulators/bank/server.ts";
import { startClinic } from "../../simulators/clinic/server.ts";
import { startJlis } from "../../simulators/j-lis/server.ts";
import { startPushService } from "../../simulators/push-service/server.ts";
import { startWatchingProxy, type Watch } from "../watch/watching-proxy.ts";
import { bankSignatureCheck } from "./bank-signature-check.ts";
import { openDirectory } from "./directory.ts";
import { startGuard } from "./guard.ts";
import { startOperators } from "./operators.ts";
import { choosePort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { startTemporal } from "./temporal.ts";

/** Everything that `kazasu up` runs. All addresses are on the loopback interface. */
export interface Stack {
  /** host:port of the Temporal frontend */
  temporal: string;
  namespace: string;
  /** postgres:// URL with credentials */
  postgres: string;
  /** http URLs */
  gateway: string;
  temporalUi: string;
  jlis: string;
  attester: string;
  pushService: string;
  /** ABC Bank with its accounts. */
  bank: string;
  clinic: string;
  ocsp: string;
  crl: string;
  /** The person page. */
  personPage: string;
  /** The operators' console. */
  console: string;
  /** Where the sandbox's control interface will listen ({@link StackOptions.control}). */
  control: string | undefined;
  /** Environment with which `kazasu worker`, `kazasu gateway` and the SDK connect to this stack. */
  environment: Record<string, string>;
  /** Stops everything, in reverse order. Safe to call twice. */
  close(): Promise<void>;
}

export interface StackOptions {
  /** The data folder, reused by the next start. Default: a temporary folder, removed by `close`. */
  directory?: string;
  log: Logger;
  /** A sandbox will listen on this machine, at this port or at the last one: it plays the phone for the links of logins. */
  control?: {
    port?: number | undefined;
    /** Called for every request to the gateway. */
    watch?: Watch;
  };
  /** Parts run in this process; default: all. For others the addresses are those that a child process will use. */
  parts?: { worker?: boolean; gateway?: boolean; status?: boolean; bank?: boolean };
}

type Closing = () => Promise<void>;

/**
 * Starts the whole engine on this machine: Temporal, Postgres and the simulators concurrently, then the migrations, then the
 * status listeners, the worker and the gateway. If a later part fails everything is stopped again, and a guard process ends the
 * servers if this process dies.
 * @throws Error in one sentence if a part cannot be started, or the directory is in use
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const closings: Closing[] = [];
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= closeAll(closings, options.log));
  try {
    return { ...(await start(options, closings)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(options: StackOptions, closings: Closing[]): Promise<Omit<Stack, "close">> {
  const { log, parts = {} } = options;
  const binary = process.env.KAZASU_TEMPORAL_CLI;
  if (binary === undefined) {
    throw new Error(
      "KAZASU_TEMPORAL_CLI is not set: start through npx kazasu, npm run demo or npm test, which fetch it.",
    );
  }
  // Loads while the servers start: the worker's native library takes time.
  const engine = loadEngine();
  engine.catch(() => {}); // reported where it is awaited
  const home = await openDirectory(options.directory);
  closings.push(home.release);
  const below = (name: string) => join(home.path, name);
  // The user that runs Postgres for root must pass through this folder; only owners can read inside.
  if (process.getuid?.() === 0) await chmod(home.path, 0o711);

  const recording = { done: Promise.resolve() };
  const guard = await startGuard((pids) => {
    recording.done = recording.done.then(() => home.recordProcesses(guard.pid, pids)).catch(() => {});
  });
  closings.push(async () => {
    await recording.done;
    await guard.close();
  });
  if (home.temporary) guard.removeAtEnd(home.path);

  const taken = new Set<number>();
  const port = (name: string) => choosePort(home.ports[name], taken);
  const own = {
    gateway: await port("gateway"),
    crl: await port("crl"),
    ocsp: await port("ocsp"),
    jlis: await port("jlis"),
    attester: await port("attester"),
    pushService: await port("pushService"),
    bank: await port("bank"),
    clinic: await port("clinic"),
    operatorLogin: await port("operatorLogin"),
    personPage: await port("personPage"),
  };
  const control =
    options.control &&
    `http://127.0.0.1:${options.control.port ?? (await choosePort(home.ports["control"], taken))}`;
  // A watched gateway is behind a proxy at its public address.
  const watch = options.control?.watch;
  const gatewayPort = watch ? await choosePort(undefined, taken) : own.gateway;
  const shared = { ports: home.ports, taken, guard, log };
  const at = (name: "gateway" | "crl" | "ocsp" | "personPage") => `http://127.0.0.1:${own[name]}`;
  const operatorLogin = {
    port: own.operatorLogin,
    secretFile: below("console-secret"),
    redirectUri: `${at("gateway")}/console/callback`,
  };
  const [postgres, temporal, jlis, attester, pushService, operators] = await together(closings, [
    startPostgres({ directory: below("postgres"), ...shared }),
    startTemporal({ binary, directory: below("temporal"), ...shared }),
    startJlis({
      directory: below("jlis"),
      port: own.jlis,
      log: (line) => log.error({ part: "j-lis" }, line),
    }),
    startAttester({ directory: below("attester"), port: own.attester }),
    startPushService({ directory: below("push-service"), port: own.pushService }),
    startOperators(operatorLogin),
  ]);
  for (const [part, { died }] of Object.entries({ postgres, temporal }))
    void died.then((words) => log.error({ part }, words));
  await home.rememberPorts({
    ...own,
    ...(control === undefined ? {} : { control: Number(new URL(control).port) }),
    ...postgres.ports,
    ...temporal.ports,
  });
  const anchors = below("test-anchors.pem");
  const authorities = ["sign", "auth"].map((kind) => fetchText(`${jlis.url}/ca/${kind}.pem`));
  await writeFile(anchors, (await Promise.all(authorities)).join(""));

  const environment: Record<string, string> = {
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    // A file that does not exist: a user's profile for another cluster must not apply.
    TEMPORAL_CONFIG_FILE: below("temporal.toml"),
    KAZASU_SETTING: "test",
    KAZASU_KEYS: below("keys"),
    KAZASU_JOURNAL: below("journal"),
    KAZASU_CHECKPOINTS: below("checkpoints"),
    KAZASU_TEST_ANCHORS: anchors,
    KAZASU_JLIS_URL: jlis.url,
    KAZASU_ATTESTER_URL: attester.url,
    KAZASU_CARDS_URL: jlis.url,
    KAZASU_PUSH_URL: pushService.url,
    ...(control === undefined ? {} : { KAZASU_APP_LINK_URL: `${control}/pages/app/` }),
    KAZASU_PUBLIC_URL: at("gateway"),
    KAZASU_PAGE_URL: at("personPage"),
    KAZASU_PAGE_PORT: String(own.personPage),
    KAZASU_HOST: "127.0.0.1",
    KAZASU_GATEWAY_PORT: String(gatewayPort),
    KAZASU_CRL_PORT: String(own.crl),
    KAZASU_OCSP_PORT: String(own.ocsp),
    KAZASU_CRL_URL: at("crl"),
    KAZASU_OCSP_URL: at("ocsp"),
    KAZASU_CONSOLE_ISSUER: operators.issuer,
    KAZASU_CONSOLE_SECRET_FILE: operatorLogin.secretFile,
    KAZASU_CONSOLE_ROLES_CLAIM: "roles",
    KAZASU_TEMPORAL_UI_URL: temporal.uiUrl,
    // A user trying the stack does not wait two hours for a question about a change.
    KAZASU_ASK_SPREAD_MINUTES: process.env["KAZASU_ASK_SPREAD_MINUTES"] ?? "0",
  };
  const { readConfiguration, migrateAll, seedDemoParties, runStatus, runWorker, runGateway } = await engine;
  const configuration = readConfiguration({ ...settingsFrom(process.env), ...environment });
  await migrateAll(configuration, log);
  if (watch) {
    const proxy = await startWatchingProxy(own.gateway, gatewayPort, watch);
    closings.push(() => proxy.close());
  }
  const { status = true, worker = true, gateway = true, bank: withBank = true } = parts;
  const bank = withBank
    ? await startBank({
        directory: below("bank"),
        port: own.bank,
        databaseUrl: postgres.url,
        gateway: at("gateway"),
        checkSignature: bankSignatureCheck(join(below("keys"), "authority")),
        log: (line) => log.warn({ part: "bank" }, line),
      })
    : undefined;
  if (bank) closings.push(() => bank.close());
  const clinic = bank
    ? await startClinic({
        directory: below("clinic"),
        port: own.clinic,
        gateway: at("gateway"),
        bank: bank.url,
        log: (line) => log.warn({ part: "clinic" }, line),
      })
    : undefined;
  if (clinic) closings.push(() => clinic.close());
  await seedDemoParties(configuration, [
    ...(bank ? [{ ...bank, partyId: "abc-bank" }] : []),
    ...(clinic ? [{ ...clinic, partyId: "midori-clinic" }] : []),
  ]);
  await together(closings, [
    status ? runStatus(configuration, log) : NOTHING,
    worker ? runWorker(configuration, log) : NOTHING,
    gateway ? runGateway(configuration, log) : NOTHING,
  ]);
  return {
    temporal: temporal.address,
    namespace: temporal.namespace,
    postgres: postgres.url,
    gateway: at("gateway"),
    temporalUi: temporal.uiUrl,
    jlis: jlis.url,
    attester: attester.url,
    pushService: pushService.url,
    bank: bank?.url ?? `http://127.0.0.1:${own.bank}`,
    clinic: clinic?.url ?? `http://127.0.0.1:${own.clinic}`,
    ocsp: at("ocsp"),
    crl: at("crl"),
    personPage: at("personPage"),
    console: `${at("gateway")}/console/`,
    control,
    environment,
  };
}

async function loadEngine() {
  const [configuration, migrate, seed, status, worker, gateway] = await Promise.all([
    import("../../workers/configuration.ts"),
    import("../../workers/run-migrate.ts"),
    import("../../workers/seed.ts"),
    import("../../workers/run-status.ts"),
    import("../../workers/run-worker.ts"),
    import("../../workers/run-gateway.ts"),
  ]);
  return { ...configuration, ...migrate, ...seed, ...status, ...worker, ...gateway };
}

const NOTHING = Promise.resolve({ close: async () => {} });

/** Settings that a user may set for the embedded engine too; the addresses of its parts are ours. */
function settingsFrom(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith("KAZASU_")));
}

/** Waits for all, so that none is left half-started; records how to close each; then throws the first failure. */
async function together<T extends readonly Promise<{ close(): Promise<void> }>[]>(
  closings: Closing[],
  starting: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(starting);
  for (const result of settled) {
    if (result.status === "fulfilled") closings.push(() => result.value.close());
  }
  const failed = settled.find((result): result is PromiseRejectedResult => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return Promise.all(starting);
}

/** Closes in reverse order. A failure is logged and does not prevent closing the others. */
async function closeAll(closings: Closing[], log: Logger): Promise<void> {
  for (const closing of closings.toReversed()) {
    await closing().catch((error: unknown) =>
      log.error({ err: error }, "closing a part of the stack failed"),
    );
  }
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(
      `${url} answered ${response.status}: the simulator's version does not match; build again.`,
    );
  return response.text();
}
