import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "../../registry/database.ts";
import { SimulatedCard } from "../devices/simulated-card.ts";
import type { Stack } from "../embedded/stack.ts";
import { castOf, pin } from "./cast.ts";
import { tellLink } from "./link-story.ts";
import { tellMove } from "./move-story.ts";
import { tellOneTap } from "./one-tap-story.ts";
import { Stage } from "./stage.ts";

/**
 * The story of the demonstration: one tap, a new phone, the move that reaches the bank, and two parties linked for a time.
 * Writes the certificates, the CRL and `story.json` into `out`. Returns whether every step succeeded.
 */
export async function tellStory(stack: Stack, out: string, say: (line: string) => void): Promise<boolean> {
  await mkdir(out, { recursive: true });
  const card = new SimulatedCard(stack.jlis, "hanako");
  await card.issue({ signPin: pin });
  const stage = new Stage(card, say, stack.jlis);
  const pool = openDatabase(stack.postgres, { max: 2 });
  try {
    const cast = await castOf({ stack, card, pool, out });
    await tellOneTap(stage, cast);
    await tellMove(stage, cast);
    await tellLink(stage, cast);
  } finally {
    await pool.end();
    await writeFile(join(out, "story.json"), `${JSON.stringify(stage.story, undefined, 2)}\n`);
  }
  return stage.held;
}
