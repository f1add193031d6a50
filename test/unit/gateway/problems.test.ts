import { expect, test } from "@jest/globals";
import Fastify from "fastify";
import { onError } from "../../../gateway/problems.ts";
import { problem } from "../../../protocol/problem.ts";

test("fail/an unexpected error has an instance that identifies it in the log, and neither repeats the request", async () => {
  const logged: string[] = [];
  const server = Fastify({
    logger: { level: "warn", stream: { write: (line: string) => logged.push(line) } },
  });
  server.setErrorHandler(onError);
  server.get("/", () => {
    throw new Error("髙﨑　美咲 ABC12345");
  });
  const answers = await Promise.all([server.inject("/"), server.inject("/")]);
  await server.close();

  for (const answer of answers) {
    expect(answer.statusCode).toBe(500);
    const { code, instance } = problem.parse(answer.json());
    expect(code).toBe("INTERNAL");
    const lines = logged.filter((line) => line.includes(instance));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ errorName: "Error", places: expect.any(Array) });
  }
  for (const text of [...logged, ...answers.map(({ body }) => body)])
    expect(text).not.toMatch(/髙﨑|ABC12345/);
});
