import type { FastifyInstance } from "fastify";

/** Yellow: a time limit was missed, valid data is served. Red: the data expires soon, and nothing renews it. */
export type Colour = "green" | "yellow" | "red";

export interface Check {
  name: string;
  status: Colour;
  /** What is wrong, since when, and what to do. Absent if nothing is. */
  detail?: string;
}

/** `GET /health`: 200, or 503 if one check is red, with all checks as JSON. */
export function addHealth(app: Pick<FastifyInstance, "get">, checks: () => readonly Check[]): void {
  app.get("/health", (_request, reply) => {
    const made = checks();
    const status = (["red", "yellow"] as const).find((colour) => made.some((each) => each.status === colour));
    if (status === "red") reply.header("retry-after", 60);
    return reply
      .code(status === "red" ? 503 : 200)
      .header("cache-control", "no-store")
      .send({ status: status ?? "green", checks: made });
  });
}

/** Whether less than a quarter of a validity is left: it should have been renewed at half. */
export const endsSoon = (thisUpdate: Date, nextUpdate: Date, now: Date): boolean =>
  nextUpdate.getTime() - now.getTime() < (nextUpdate.getTime() - thisUpdate.getTime()) / 4;
