/** Exit code of an act that was refused before anything was created, and of an invalid report. */
export const refusedExitCode = 2;

/** Prints on stderr why nothing was started; any other error is a failure. */
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
