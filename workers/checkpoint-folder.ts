import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type CheckpointStore } from "../domain/audit/checkpoints.ts";

const suffix = ".checkpoints";

/**
 * Checkpoints in files of a folder (mode 0600, append only, synced), one for each month. On another disk or machine than
 * Postgres, or copied to one, they protect the audit log.
 */
export function checkpointFolder(directory: string, clock: () => Date): CheckpointStore {
  const names = async () =>
    (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(suffix)).toSorted();
  return {
    async append(jws) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, clock().toISOString().slice(0, 7) + suffix);
      const file = await open(path, "a", 0o600);
      try {
        await file.appendFile(`${jws}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    async *all() {
      for (const name of await names())
        for await (const line of createInterface({ input: createReadStream(join(directory, name)) }))
          if (line !== "") yield line;
    },
    async last() {
      for (const name of (await names()).toReversed()) {
        const text = (await readFile(join(directory, name), "utf8")).trimEnd();
        if (text !== "") return text.slice(text.lastIndexOf("\n") + 1);
      }
      return undefined;
    },
  };
}
