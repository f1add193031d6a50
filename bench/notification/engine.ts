import { randomBytes } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from "@temporalio/worker";
import Fastify from "fastify";
import { generateKeyPair } from "jose";
import type { Pool } from "pg";
import pino from "pino";
import { createConsentActivities } from "../../activities/consent/activities.ts";
import { makeOutbound } from "../../activities/delivery/outbound.ts";
import { makeSigner } from "../../activities/delivery/security-event-token.ts";
import { createNotificationActivities } from "../../activities/notification/activities.ts";
import { pushToPhones } from "../../activities/notification/phones.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { type CodecKeys, encryptingDataConverter } from "../../client/data-converter/payload-codec.ts";
import { ConsentClient } from "../../client/engine/consent.ts";
import { NotificationClient } from "../../client/engine/notification.ts";
import { onError } from "../../gateway/problems.ts";
import { answersRoute } from "../../gateway/routes/answers.ts";
import { inboxRoute } from "../../gateway/routes/inbox.ts";
import type { PushContent } from "../../protocol/notification.ts";
import { openDatabase } from "../../registry/database.ts";
import { migrateDatabase } from "../../registry/migrate.ts";
import { Sealer } from "../../registry/sealing.ts";
import { startGuard } from "../../sandbox/embedded/guard.ts";
import { startPostgres } from "../../sandbox/embedded/postgres.ts";
import { startTemporal } from "../../sandbox/embedded/temporal.ts";
import { consent } from "../../workflows/consent/contract.ts";
import { type Floor, startFloor } from "../floor.ts";
import { Mailbox } from "./mailbox.ts";
import { issuer } from "./people.ts";

/** Postgres and Temporal as child processes; worker, gateway routes, phones and the bank in this one. */
export interface Engine {
  pool: Pool;
  sealer: Sealer;
  postgresUrl: string;
  /** The folder of Temporal's database. */
  temporalDirectory: string;
  floor: Floor;
  gateway: Gateway;
  consents: ConsentClient;
  notifications: NotificationClient;
  /** Pushes by endpoint. */
  pushes: Mailbox<PushContent>;
  close(): Promise<void>;
}

const day = 86_400_000;

export async function startEngine(directory: string): Promise<Engine> {
  await chmod(directory, 0o711); // if started by root, Postgres runs as another user, who must pass through this folder
  const guard = await startGuard();
  const log = pino({ level: "error" });
  const temporalDirectory = join(directory, "temporal");
  await mkdir(temporalDirectory);
  const shared = { guard, log };
  const [postgres, temporal] = await Promise.all([
    startPostgres({ directory: join(directory, "postgres"), ...shared }),
    startTemporal({
      binary: process.env["KAZASU_TEMPORAL_CLI"] ?? "",
      directory: temporalDirectory,
      ...shared,
    }),
  ]);
  await migrateDatabase(postgres.url, () => {});
  const pool = openDatabase(postgres.url, { max: 20 });
  const sealer = new Sealer(ring());
  const codecKeys = ring();
  const { address, namespace } = temporal;
  const floor = await startFloor({ address, namespace, codecKeys });
  const consents = new ConsentClient(floor.client);
  const notifications = new NotificationClient(floor.client);
  const pushes = new Mailbox<PushContent>();
  const worker = await startWorker({ address, namespace, codecKeys, pool, sealer, pushes });

  const server = Fastify();
  server.setErrorHandler(onError);
  const phoneDeps = { pool, sealer, issuer, clock: () => new Date() };
  inboxRoute(server, phoneDeps);
  answersRoute(server, { ...phoneDeps, notification: notifications, answerMs: 15_000 });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    pool,
    sealer,
    postgresUrl: postgres.url,
    temporalDirectory,
    floor,
    gateway: new Gateway(url),
    consents,
    notifications,
    pushes,
    async close() {
      await server.close();
      await worker.close();
      await floor.close();
      await pool.end();
      await Promise.all([postgres.close(), temporal.close()]);
      await guard.close();
    },
  };
}

const ring = (): CodecKeys => ({ current: "k", keys: new Map([["k", randomBytes(32)]]) });

/** The worker of the lifecycles, with the engine's settings. */
async function startWorker(parts: {
  address: string;
  namespace: string;
  codecKeys: CodecKeys;
  pool: Pool;
  sealer: Sealer;
  pushes: Mailbox<PushContent>;
}): Promise<{ close(): Promise<void> }> {
  const { pool, sealer, pushes } = parts;
  const dataConverter = encryptingDataConverter(parts.codecKeys);
  const failureConverterPath = dataConverter.failureConverterPath;
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("../../workflows/index.js", import.meta.url)),
    ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
    logger: new DefaultLogger("WARN"),
  });
  const [service, es256, rs256] = await Promise.all(
    ["ES256", "ES256", "RS256"].map((alg) => generateKeyPair(alg)),
  );
  const clock = () => new Date();
  const durations = {
    notificationExpiryMs: 30 * day,
    askWithinMs: 0,
    expiryDayMs: day,
    notificationRemindersMs: [3 * day, 7 * day],
    deliverWithinMs: 7 * day,
    acknowledgeWithinMs: 7 * day,
    consentReminderMs: 365 * day,
    shownElsewhereMs: 0,
  };
  const deps = {
    pool,
    sealer,
    issuer,
    publicUrl: issuer,
    clock,
    durations,
    serviceKey: { kid: "service", privateKey: service!.privateKey },
    tokens: makeSigner(
      {
        ES256: { kid: "es", privateKey: es256!.privateKey },
        RS256: { kid: "rs", privateKey: rs256!.privateKey },
      },
      issuer,
    ),
    outbound: makeOutbound({ allow: ({ hostname }) => hostname === "127.0.0.1" }),
    channels: {
      web: {
        async send(address: { kind: string; endpoint?: string }, payload: Uint8Array) {
          pushes.put(address.endpoint ?? "", JSON.parse(Buffer.from(payload).toString()) as PushContent);
          return { kind: "sent" as const };
        },
      },
    },
  };
  const noRegister = () =>
    Promise.reject(new Error("No consent towards the register is part of this bench."));
  const connection = await NativeConnection.connect({ address: parts.address });
  const worker = await Worker.create({
    connection,
    namespace: parts.namespace,
    taskQueue: consent.taskQueue,
    activities: {
      ...createNotificationActivities(deps),
      ...createConsentActivities({
        ...deps,
        jlis: { registerConsent: noRegister },
        transmit: () => Promise.reject(new Error("No consent is widened in this bench.")),
        pushToPhones: (...given) => pushToPhones(deps, ...given),
      }),
    },
    dataConverter,
    workflowBundle,
    maxCachedWorkflows: 500,
  });
  const finished = worker.run();
  return {
    async close() {
      worker.shutdown();
      await finished;
      await connection.close();
    },
  };
}
