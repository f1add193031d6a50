import { status } from "@grpc/grpc-js";
import { isGrpcServiceError } from "@temporalio/client";

/** The codes of temporary failures of Temporal. Any other is a fault of ours. */
const passing = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.CANCELLED,
  status.ABORTED,
]);

/** Whether Temporal failed temporarily: a retry may succeed. Starting and signalling wrap gRPC's error. */
export const isPassing = (error: unknown): boolean =>
  isGrpcServiceError(error)
    ? passing.has(error.code)
    : error instanceof Error && error.cause !== undefined && isPassing(error.cause);
