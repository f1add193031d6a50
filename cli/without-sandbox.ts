/** Whether an import failed because a production install has neither the sandbox nor the simulators. */
export const isWithoutSandbox = (error: unknown): error is Error =>
  error instanceof Error &&
  "url" in error &&
  typeof error.url === "string" &&
  /\/(sandbox|simulators)\//.test(error.url);
