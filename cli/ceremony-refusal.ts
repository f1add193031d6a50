/** Exit code of what was refused before anything was made, and of a report that does not hold. */
export const refusedExitCode = 2;

/** Says on stderr why nothing was begun; anything else is a failure. */
export async function orRefused(step: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { CeremonyRefused } = await import("../pki/ca/ceremony/refused.ts");
    if (!(error instanceof CeremonyRefused)) throw error;
    console.error(`kazasu ceremony ${step}: refused. ${error.message}`);
    process.exitCode = refusedExitCode;
  }
}
