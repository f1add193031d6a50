import { type Logger, pino } from "pino";

/** The log of a command: lines of JSON on stderr, so that stdout has only the command's output. */
export function createLog(): Logger {
  return pino({ name: "kazasu", level: process.env.KAZASU_LOG_LEVEL ?? "info" }, pino.destination(2));
}
