import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { WorkflowHandle } from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { NotificationClient } from "../../client/engine/notification.ts";
import {
  type AnswerOutcome,
  deliveryFailures,
  type NotificationActivities,
  type NotificationEnd,
  type NotificationInput,
  type NotificationView,
  notification,
} from "../../workflows/notification/contract.ts";
import { removeGlobalHooks } from "./global-hooks.ts";
import { activitiesOf, bundle, startServer, startWorkers } from "./time-skipping.ts";

const day = 86_400_000;

/** The registry, one phone and one party, as a notification meets them; a test changes what it wants to be otherwise. */
export class World {
  readonly input: NotificationInput = { consentId: randomUUID(), version: 2 };
  readonly notificationId = randomUUID();
  readonly jti = randomUUID();
  row: Pick<NotificationView, "state" | "delivery"> | undefined;
  inForce = true;
  differs = true;
  phone: "reached" | "unreachable" | "unavailable" = "reached";
  party: "takes" | "down" | "refuses" | "polls" = "takes";
  /** How often each activity was called. */
  readonly calls: string[] = [];
  readonly #now: () => Promise<number>;
  readonly #decided = new Map<string, AnswerOutcome>();
  #opened = 0;

  constructor(now: () => Promise<number>) {
    this.#now = now;
  }

  /** The person is asked so many days after the opening. */
  askedAfter: number | undefined;

  count = (name: string): number => this.calls.filter((call) => call === name).length;

  #view(): NotificationView {
    const at = (days: number) => new Date(this.#opened + days * day).toISOString();
    const { state, delivery } = this.row!;
    return {
      notificationId: this.notificationId,
      state,
      delivery,
      ...(state === "confirmed" ? { jti: this.jti } : {}),
      ...(this.askedAfter === undefined ? {} : { askAt: at(this.askedAfter) }),
      expiresAt: at(30),
      remindAt: [at(3), at(7)],
      deliverWithinMs: 7 * day,
      acknowledgeWithinMs: 7 * day,
    };
  }

  #decide(answerId: string): AnswerOutcome {
    this.calls.push("recordAnswer");
    if (!this.inForce) return { kind: "refused", code: "CONSENT_NOT_IN_FORCE", detail: "withdrawn" };
    if (this.row?.state !== "open") return { kind: "refused", code: "NOTIFICATION_CLOSED", detail: "closed" };
    const state = answerId === "decline" ? "declined" : "confirmed";
    this.row = { state, delivery: state === "confirmed" ? "pending" : "none" };
    return { kind: state };
  }

  readonly activities: NotificationActivities = {
    openNotification: async () => {
      this.calls.push("openNotification");
      if (!this.differs) return { kind: "nothing-to-tell" };
      if (!this.row) this.#opened = await this.#now();
      this.row ??= { state: "open", delivery: "none" };
      return this.#view();
    },
    readNotification: async () => this.#view(),
    pushNotification: async ({ reminder }) => {
      this.calls.push(reminder ? "reminder" : "push");
      if (this.phone === "unavailable") throw ApplicationFailure.retryable("503", "PushServiceAway");
      return { reached: this.phone === "reached" };
    },
    recordAnswer: async ({ answerId }) => {
      const outcome = this.#decided.get(answerId) ?? this.#decide(answerId);
      this.#decided.set(answerId, outcome);
      return outcome;
    },
    closeNotification: async ({ why }) => {
      this.calls.push(`close ${why}`);
      if (this.row?.state === "open") {
        const state = !this.inForce ? "withdrawn" : why === "expired" ? "expired" : "superseded";
        this.row = { state, delivery: "none" };
      } else if (this.row?.delivery === "pending" && !this.inForce) this.row.delivery = "cancelled";
      return this.#view();
    },
    deliverEvent: async () => {
      this.calls.push("deliverEvent");
      if (this.row?.delivery === "cancelled") return { kind: "cancelled" };
      if (this.row && this.row.delivery !== "pending") return { kind: "delivered" };
      if (this.party === "down")
        throw ApplicationFailure.retryable("PARTY_UNREACHABLE", deliveryFailures.tryLater);
      if (this.party === "refuses")
        throw ApplicationFailure.nonRetryable("invalid_audience", deliveryFailures.refused);
      if (this.party === "polls") return { kind: "waits-for-poll" };
      this.row = { state: "confirmed", delivery: "delivered" };
      return { kind: "delivered" };
    },
    reopenEvent: async () => {
      this.calls.push("reopenEvent");
      if (this.row?.delivery === "dead-lettered") this.row.delivery = "pending";
      return { deliverWithinMs: 7 * day };
    },
    deadLetterEvent: async () => {
      this.calls.push("deadLetterEvent");
      if (this.row?.delivery === "pending") this.row.delivery = "dead-lettered";
    },
    writeReceipt: async () => {
      this.calls.push(`receipt ${this.row?.delivery}`);
    },
  };
}

/** The time-skipping server, and a worker that meets the world the test wants. */
export interface NotificationEnvironment {
  environment: TestWorkflowEnvironment;
  client: NotificationClient;
  world(): World;
  /** Runs `act` while a worker works on this world. */
  inWorld: (world: World, act: () => Promise<void>) => Promise<void>;
  close(): Promise<void>;
}

export async function startNotificationEnvironment(): Promise<NotificationEnvironment> {
  const workflowBundle = await bundle("./notification-workflows.ts");
  const environment = await startServer();
  let current: World | undefined;
  const names = Object.keys(new World(() => environment.currentTimeMs()).activities);
  const activities = activitiesOf(names, () => current!.activities);
  const stop = await startWorkers(environment, {
    workflowBundle,
    activities,
    taskQueue: notification.taskQueue,
  });
  return {
    environment,
    client: new NotificationClient(environment.client),
    world: () => new World(() => environment.currentTimeMs()),
    async inWorld(world, act) {
      current = world;
      await act();
    },
    async close() {
      await stop();
      await environment.teardown();
      removeGlobalHooks();
    },
  };
}

/** What a test can do with a notification that runs. */
export interface Played {
  /** Waits for the notification to be open, as a phone finds it in its inbox, and answers. */
  answer: (answerId: "confirm" | "decline") => ReturnType<NotificationClient["answer"]>;
  handle: WorkflowHandle;
  end: () => Promise<NotificationEnd>;
  moved: () => Promise<void>;
  events: () => Promise<number>;
  now: () => Promise<number>;
  /** Waits until something has happened in the world; the server's time is the clock's meanwhile. */
  until: (there: () => boolean | Promise<boolean>) => Promise<void>;
}

/** The limit of one call, below a test's own (jest.config.mjs). */
const waitMs = 280_000;

/** Starts the notification of this world and plays what the test says. */
export async function play(
  { environment, client, inWorld }: NotificationEnvironment,
  world: World,
  act: (of: Played) => Promise<void>,
): Promise<void> {
  const { consentId, version } = world.input;
  const until: Played["until"] = async (there) => {
    while (!(await there())) await setTimeout(20);
  };
  await inWorld(world, async () => {
    const handle = await environment.client.workflow.start(notification.workflowType, {
      workflowId: notification.workflowId(consentId, version),
      taskQueue: notification.taskQueue,
      args: [world.input],
    });
    await act({
      answer: async (answerId) => {
        await until(() => world.row !== undefined);
        return client.answer({ ...world.input, notificationId: world.notificationId, answerId }, waitMs);
      },
      handle,
      end: () => handle.result() as Promise<NotificationEnd>,
      moved: () => client.moved(consentId, version),
      events: async () => (await handle.fetchHistory()).events?.length ?? 0,
      now: () => environment.currentTimeMs(),
      until,
    });
  });
}
