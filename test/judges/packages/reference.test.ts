import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { root, run } from "./folder.ts";

/** docs/reference/api is what `npm run reference` makes of the code as it is; that refuses functions without a docstring too. */

async function pagesIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".md"));
  return Object.fromEntries(
    await Promise.all(
      names.toSorted().map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const),
    ),
  );
}

test("ok/the reference and the API reports are those of the code: npm run reference makes them anew", async () => {
  const work = await mkdtemp(join(tmpdir(), "kazasu-reference-"));
  try {
    await run(process.execPath, [join(root, "bin/reference.mjs"), "--into", join(work, "made")], root);
    expect(await pagesIn(join(root, "docs/reference/api"))).toEqual(await pagesIn(join(work, "made")));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});
