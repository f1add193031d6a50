import type { Command } from "commander";
import { serveCommand } from "./card-serve.ts";
import { verifyCommand } from "./card-verify.ts";

/** `kazasu card`: a virtual card to try with, and what the engine thinks of a real one's signature. */
export function cardCommand(program: Command): void {
  const card = program
    .command("card")
    .description("serve a virtual My Number Card, or look into what one has signed");
  verifyCommand(card);
  serveCommand(card);
}
