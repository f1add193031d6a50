import type { z } from "zod";
import type { Person } from "../persons/person.ts";

/** An act of a person: a file below `acts/`, and a line in `acts.ts`. */
export interface Act {
  /** Its name in URLs: `POST /people/<person>/<name>`. */
  name: string;
  method: "POST" | "PUT";
  /** Called with the person and the request's body; returns the answer. Throws ZodError for an invalid body. */
  run(person: Person, body: unknown): Promise<object>;
}

/** An act with a schema for its body. */
export const act = <S extends z.ZodType>(
  name: string,
  shape: S,
  run: (person: Person, body: z.infer<S>) => Promise<object>,
  method: Act["method"] = "POST",
): Act => ({ name, method, run: async (person, body) => run(person, shape.parse(body ?? {})) });
