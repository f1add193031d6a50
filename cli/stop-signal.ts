/**
 * Waits for a stop signal. Listening starts with the call: call it before anything is started, so that a signal during the
 * start is not lost.
 * @returns the first signal
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => resolve(name));
  });
}
