import type { Command } from "commander";
import { serveCommand } from "./card-serve.ts";
import { verifyCommand } from "./card-verify.ts";

/** `kazasu card`: a virtual card for experiments, and the verification of a real card's signature. */
export function cardCommand(program: Command): void {
  const card = program
    .command("card")
    .description("serve a virtual My Number Card, or verify a card's signature");
  verifyCommand(card);
  serveCommand(card);
}
