type Close = () => unknown;

/**
 * Starts parts that need each other. What has started is closed in reverse order: by `close` of the result, or at once if a later
 * part fails to start, so that the process ends and can be started again.
 */
export async function startInOrder<Started extends object>(
  start: (onClose: (close: Close) => void) => Promise<Started>,
): Promise<Started & { close(): Promise<void> }> {
  const closings: Close[] = [];
  const close = async () => {
    for (const each of closings.splice(0).toReversed()) await each();
  };
  try {
    return { ...(await start((each) => closings.push(each))), close };
  } catch (error) {
    await close();
    throw error;
  }
}
