import { z } from "zod";

/** What must not happen: a workflow that brings a whole library into the sandbox. */
export async function usesZod(input: unknown): Promise<string> {
  return z.string().parse(input);
}
