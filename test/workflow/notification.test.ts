import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { notification } from "../../workflows/notification/contract.ts";
import { type NotificationEnvironment, play, startNotificationEnvironment } from "./notification-world.ts";

const day = 86_400_000;
let env: NotificationEnvironment;

beforeAll(async () => {
  env = await startNotificationEnvironment();
});
afterAll(async () => {
  await env?.close();
});

describe("notification", () => {
  test("ok/confirmed, delivered and acknowledged: a receipt, and a short history", async () => {
    const world = env.world();
    await play(env, world, async ({ answer, end, moved, until, events }) => {
      expect(await answer("confirm")).toEqual({ kind: "confirmed" });
      await until(() => world.row?.delivery === "delivered");
      world.row = { state: "confirmed", delivery: "acknowledged" };
      await moved();
      expect(await end()).toBe("acknowledged");
      expect(world.calls.filter((call) => call.startsWith("receipt"))).toEqual(["receipt acknowledged"]);
      expect(world.count("deliverEvent")).toBe(1);
      expect(await events()).toBeLessThanOrEqual(50);
    });
  });

  test("ok/nothing differs: nobody is asked", async () => {
    const world = env.world();
    world.differs = false;
    await play(env, world, async ({ end }) => {
      expect(await end()).toBe("nothing-to-tell");
      expect(world.calls).toEqual(["openNotification"]);
    });
  });

  test("ok/declined: nothing is sent to the party, and there is no receipt", async () => {
    const world = env.world();
    await play(env, world, async ({ answer, end }) => {
      expect(await answer("decline")).toEqual({ kind: "declined" });
      expect(await end()).toBe("declined");
      expect(world.count("deliverEvent")).toBe(0);
    });
  });

  test("ok/no answer: two reminders, then expired after 30 days", async () => {
    const world = env.world();
    await play(env, world, async ({ end, now, handle }) => {
      const { startTime } = await handle.describe();
      expect(await end()).toBe("expired");
      expect((await now()) - startTime.getTime()).toBeGreaterThanOrEqual(30 * day);
      expect(world.calls).toEqual(["openNotification", "push", "reminder", "reminder", "close expired"]);
      expect((await handle.fetchHistory()).events?.length).toBeLessThanOrEqual(60);
    });
  });

  test("ok/asked at its own random moment: pushed then, and not before", async () => {
    const world = env.world();
    // After the time of the reminders: an earlier question would have been reminded of.
    world.askedAfter = 10;
    await play(env, world, async ({ end }) => {
      expect(await end()).toBe("expired");
      expect(world.calls).toEqual(["openNotification", "push", "close expired"]);
    });
  });

  test("ok/superseded before the person was asked: closed, and never pushed", async () => {
    const world = env.world();
    world.askedAfter = 1;
    await play(env, world, async ({ handle, until, end }) => {
      await until(() => world.count("openNotification") === 1);
      await handle.cancel();
      expect(await end()).toBe("superseded");
      expect(world.calls).toEqual(["openNotification", "close cancelled"]);
    });
  });

  test("ok/no push reaches the phone: no failure, and an answer counts whenever it comes", async () => {
    const world = env.world();
    world.phone = "unreachable";
    await play(env, world, async ({ answer, until, end, moved }) => {
      await until(() => world.count("push") > 0);
      expect(await answer("confirm")).toEqual({ kind: "confirmed" });
      await until(() => world.row?.delivery === "delivered");
      world.row = { state: "confirmed", delivery: "acknowledged" };
      await moved();
      expect(await end()).toBe("acknowledged");
    });
  });

  test("ok/a newer version before the press supersedes it; an answer after that is refused", async () => {
    const world = env.world();
    await play(env, world, async ({ handle, answer, end, until }) => {
      await until(() => world.row !== undefined);
      await handle.cancel();
      expect(await end()).toBe("superseded");
      expect(await answer("confirm")).toEqual({ kind: "over" });
      expect(world.count("deliverEvent")).toBe(0);
    });
  });

  test("ok/withdrawn before the press", async () => {
    const world = env.world();
    await play(env, world, async ({ handle, end, until }) => {
      await until(() => world.row !== undefined);
      world.inForce = false;
      await handle.cancel();
      expect(await end()).toBe("withdrawn");
      expect(world.count("deliverEvent")).toBe(0);
    });
  });

  test("ok/a newer version after the press: the confirmed version is transmitted all the same", async () => {
    const world = env.world();
    world.party = "down";
    await play(env, world, async ({ handle, answer, end, until }) => {
      await answer("confirm");
      await until(() => world.count("deliverEvent") > 1);
      await handle.cancel();
      await until(() => world.count("close cancelled") > 0);
      world.party = "takes";
      // The next version waits for this one's end: it does not wait for the party's word too.
      expect(await end()).toBe("unacknowledged");
      expect(world.row?.delivery).toBe("delivered");
    });
  });

  test("ok/a press at the same moment as the cancellation: the row decides which came first", async () => {
    for (const inForce of [true, false]) {
      const world = env.world();
      await play(env, world, async ({ handle, answer, end, until }) => {
        await until(() => world.row !== undefined);
        world.inForce = inForce;
        const [outcome] = await Promise.all([answer("confirm"), handle.cancel()]);
        const ended = await end();
        if (outcome.kind === "confirmed") expect(ended).toBe("unacknowledged");
        else expect(ended).toBe(inForce ? "superseded" : "withdrawn");
        expect(world.count("deliverEvent") > 0).toBe(outcome.kind === "confirmed");
        if (!inForce) expect(outcome.kind).not.toBe("confirmed");
      });
    }
  });

  test("ok/a party down for seven days: a dead letter, then replayed, then acknowledged late: the receipt comes", async () => {
    const world = env.world();
    world.party = "down";
    await play(env, world, async ({ answer, end, now, events, until, moved }) => {
      await answer("confirm");
      const confirmedAt = await now();
      expect(await end()).toBe("dead-lettered");
      expect((await now()) - confirmedAt).toBeGreaterThan(6.9 * day);
      expect(world.count("deliverEvent")).toBeGreaterThan(100);
      expect(await events()).toBeLessThanOrEqual(50);

      world.party = "takes";
      await env.client.transmit(world.jti);
      await until(() => world.row?.delivery === "delivered");
      const transmission = env.environment.client.workflow.getHandle(
        notification.transmissionWorkflowId(world.jti),
      );
      expect(await transmission.result()).toBe("delivered");
      world.row = { state: "confirmed", delivery: "acknowledged" };
      await moved();
      await until(() => world.count("receipt acknowledged") === 1);
    });
  });

  test("ok/a party that refuses for good: a dead letter at once", async () => {
    const world = env.world();
    world.party = "refuses";
    await play(env, world, async ({ answer, end }) => {
      await answer("confirm");
      expect(await end()).toBe("dead-lettered");
      expect(world.count("deliverEvent")).toBe(1);
    });
  });

  test("ok/a party that polls: delivered when it has taken the event", async () => {
    const world = env.world();
    const { consentId, version } = world.input;
    world.party = "polls";
    await play(env, world, async ({ answer, end, moved, until }) => {
      await answer("confirm");
      await until(() => world.count("deliverEvent") > 0);
      world.row = { state: "confirmed", delivery: "delivered" };
      await moved();
      await until(async () => (await env.client.view(consentId, version))?.step === "told");
      world.row = { state: "confirmed", delivery: "acknowledged" };
      await moved();
      expect(await end()).toBe("acknowledged");
    });
  });

  test("ok/a party that polls and does not come: a dead letter after seven days", async () => {
    const world = env.world();
    world.party = "polls";
    await play(env, world, async ({ answer, end, now }) => {
      const before = await now();
      await answer("confirm");
      expect(await end()).toBe("dead-lettered");
      expect((await now()) - before).toBeGreaterThanOrEqual(7 * day);
      expect(world.count("deadLetterEvent")).toBe(1);
    });
  });

  test("ok/delivered and never acknowledged: reported after seven days, with a receipt of what is known", async () => {
    const world = env.world();
    await play(env, world, async ({ answer, end, now }) => {
      const before = await now();
      await answer("confirm");
      expect(await end()).toBe("unacknowledged");
      expect((await now()) - before).toBeGreaterThanOrEqual(7 * day);
      expect(world.count("receipt delivered")).toBe(1);
    });
  });

  test("ok/the same answer again gets the same outcome; another one is refused", async () => {
    const world = env.world();
    await play(env, world, async ({ answer }) => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => answer("confirm")));
      expect(answers).toEqual(answers.map(() => ({ kind: "confirmed" })));
      expect(world.count("recordAnswer")).toBe(1);
      expect(await answer("decline")).toMatchObject({ kind: "refused", code: "NOTIFICATION_CLOSED" });
    });
  });
});
