import { readFile } from "node:fs/promises";

/** Name and version of this software, as in "kazasu 0.1.0". The package is one level up, from `dist/` two. */
export async function softwareVersion(): Promise<string> {
  const texts = await Promise.allSettled(
    ["../package.json", "../../package.json"].map((path) => readFile(new URL(path, import.meta.url), "utf8")),
  );
  for (const text of texts) {
    if (text.status === "rejected") continue;
    const { name, version } = JSON.parse(text.value) as { name: string; version?: string };
    if (version !== undefined) return `${name} ${version}`;
  }
  throw new Error("The package has no package.json; install it again.");
}
