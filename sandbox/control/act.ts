import type { z } from "zod";
import type { Person } from "../persons/person.ts";

/** Something a person can be asked to do: a file below `acts/`, and a line in `acts.ts`. */
export interface Act {
  /** In addresses: `POST /people/<person>/<name>`. */
  name: string;
  method: "POST" | "PUT";
  /** The person, and what the request's body says; what it returns is the answer. Throws ZodError for another shape. */
  run(person: Person, body: unknown): Promise<object>;
}

/** An act whose body has this shape. */
export const act = <S extends z.ZodType>(
  name: string,
  shape: S,
  run: (person: Person, body: z.infer<S>) => Promise<object>,
  method: Act["method"] = "POST",
): Act => ({ name, method, run: async (person, body) => run(person, shape.parse(body ?? {})) });
