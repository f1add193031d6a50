/** Progress on stderr: stdout is for the command's output (`--json`). */

const live = process.stderr.isTTY && !process.env.CI;

/** A refusal that a person can act on: printed as one sentence, without a stack. */
export class Refusal extends Error {
  name = "Refusal";
}

/**
 * Runs one named piece of preparation and prints its name and its time in seconds.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const start = performance.now();
  process.stderr.write(live ? `  … ${name}` : `  … ${name}\n`);
  const end = (mark) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stderr.write(`${live ? "\r" : ""}  ${mark} ${name} (${seconds} s)\n`);
  };
  try {
    const result = await work();
    end("✓");
    return result;
  } catch (error) {
    end("✗");
    throw error;
  }
}

/** Prints a failure of the preparation in one sentence (the stack with KAZASU_DEBUG=1) and sets exit code 1. */
export function fail(error) {
  const debug = process.env.KAZASU_DEBUG === "1";
  process.stderr.write(`kazasu: ${debug ? error.stack : error.message}\n`);
  process.exitCode = 1;
}
