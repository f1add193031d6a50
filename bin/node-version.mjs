import { Refusal } from "./progress.mjs";

/** Refuses a Node version outside package.json's "engines". */
export function checkNode(version) {
  const [major, minor] = version.split(".").map(Number);
  if (major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) return;
  throw new Refusal(`Node ${version} is not supported: install Node 20.19+, 22.12+ or 24+ and start again.`);
}
