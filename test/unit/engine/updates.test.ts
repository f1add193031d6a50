import { status } from "@grpc/grpc-js";
import { expect, test } from "@jest/globals";
import { ServiceError } from "@temporalio/client";
import { executedUpdate } from "../../../client/engine/updates.ts";

const client = { withDeadline: <T>(_: number | Date, work: () => Promise<T>) => work() };

/** As the client wraps an error of gRPC. */
const failure = (code: status) =>
  new ServiceError("Workflow Update failed", {
    cause: Object.assign(new Error("of gRPC"), { code, details: "", metadata: {} }),
  });

test("ok/an Update whose workflow task failed is sent again until there is an outcome", async () => {
  let sent = 0;
  const outcome = await executedUpdate(client, 60_000, async () => {
    sent += 1;
    if (sent < 3) throw failure(status.FAILED_PRECONDITION);
    return { kind: "confirmed" };
  });
  expect([outcome, sent]).toEqual([{ kind: "confirmed" }, 3]);
});

test("fail/it is unanswered once the time is over", async () => {
  const failing = () => Promise.reject(failure(status.FAILED_PRECONDITION));
  expect(await executedUpdate(client, 0, failing)).toEqual({ kind: "unanswered" });
});

test("fail/a temporary failure is unanswered, and any other failure is thrown", async () => {
  for (const code of [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED])
    expect(await executedUpdate(client, 60_000, () => Promise.reject(failure(code)))).toEqual({
      kind: "unanswered",
    });
  for (const code of [status.INVALID_ARGUMENT, status.PERMISSION_DENIED, status.INTERNAL])
    await expect(executedUpdate(client, 60_000, () => Promise.reject(failure(code)))).rejects.toThrow(
      "Workflow Update failed",
    );
});
