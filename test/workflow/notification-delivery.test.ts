import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { notification } from "../../workflows/notification/contract.ts";
import { type NotificationEnvironment, play, startNotificationEnvironment } from "./notification-world.ts";

// Each of these leaves tries behind that the lifecycle does not wait for. The time-skipping server counts those wrongly
// once their workflow is closed, so each has a server of its own.
let env: NotificationEnvironment;

beforeEach(async () => {
  env = await startNotificationEnvironment();
});
afterEach(async () => {
  await env?.close();
});

describe("notification", () => {
  test("ok/withdrawn after the press while the party is down: cancelled at once, never transmitted", async () => {
    const world = env.world();
    world.party = "down";
    await play(env, world, async ({ handle, answer, end, until, now }) => {
      await answer("confirm");
      await until(() => world.count("deliverEvent") > 1);
      const withdrawnAt = await now();
      world.inForce = false;
      await handle.cancel();
      expect(await end()).toBe("withdrawn");
      const { closeTime } = await handle.describe();
      expect(closeTime!.getTime() - withdrawnAt).toBeLessThan(60_000);
      expect(world.row).toEqual({ state: "confirmed", delivery: "cancelled" });
      expect(world.calls.some((call) => call.startsWith("receipt"))).toBe(false);
    });
  });

  test("ok/the push service is unavailable: an answer counts whenever it comes", async () => {
    const world = env.world();
    world.phone = "unavailable";
    await play(env, world, async ({ answer, until, end }) => {
      await until(() => world.count("push") > 1);
      expect(await answer("decline")).toEqual({ kind: "declined" });
      expect(await end()).toBe("declined");
    });
  });
});

describe("transmission", () => {
  test("ok/an event for a poll stream is left for the party; one that cannot be delivered is a dead letter", async () => {
    for (const [party, end] of [
      ["polls", "waits-for-poll"],
      ["down", "dead-lettered"],
    ] as const) {
      const world = env.world();
      world.row = { state: "confirmed", delivery: "pending" };
      world.party = party;
      await env.inWorld(world, async () => {
        await Promise.all([env.client.transmit(world.jti), env.client.transmit(world.jti)]);
        const handle = env.environment.client.workflow.getHandle(
          notification.transmissionWorkflowId(world.jti),
        );
        expect(await handle.result()).toBe(end);
        expect(world.count("reopenEvent")).toBe(1);
      });
    }
  });
});
