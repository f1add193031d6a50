/**
 * Waits to be told to stop. Listening starts with the call: make it before anything is started, so that a signal
 * during the start is not lost.
 * @returns the signal that came first
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => resolve(name));
  });
}
