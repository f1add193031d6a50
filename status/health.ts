import type { FastifyInstance } from "fastify";

/** Yellow: a promise is broken, what is valid is served. Red: what is valid ends soon, and nothing renews it. */
export type Colour = "green" | "yellow" | "red";

export interface Check {
  name: string;
  status: Colour;
  /** What is wrong, since when, and what to do. Missing where nothing is. */
  detail?: string;
}

/** `GET /health`: 200, or 503 when one check is red, with all of them as JSON. */
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

/** Whether less than a quarter of a life is left: it should have been renewed at half. */
export const endsSoon = (thisUpdate: Date, nextUpdate: Date, now: Date): boolean =>
  nextUpdate.getTime() - now.getTime() < (nextUpdate.getTime() - thisUpdate.getTime()) / 4;
