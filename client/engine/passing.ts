import { status } from "@grpc/grpc-js";
import { isGrpcServiceError } from "@temporalio/client";

/** What Temporal answers when it cannot answer now. Anything else is a fault of ours. */
const passing = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.CANCELLED,
  status.ABORTED,
]);

/** Whether Temporal could not answer now: the same call again may. Starting and signalling wrap what gRPC threw. */
export const isPassing = (error: unknown): boolean =>
  isGrpcServiceError(error)
    ? passing.has(error.code)
    : error instanceof Error && error.cause !== undefined && isPassing(error.cause);
