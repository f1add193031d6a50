/** A program that is asked in lines of JSON, and answers so: `{act, …}` in, `{answer}` or `{refused}` out. */
import { createInterface } from "node:readline";

export async function answerLines(acts) {
  process.stdout.write(`${JSON.stringify({ answer: "ready" })}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const { act, ...asked } = JSON.parse(line);
    const said = await acts[act](asked).then(
      (answer = null) => ({ answer }),
      (error) => ({ refused: error.code ?? error.name, text: String(error.stack) }),
    );
    process.stdout.write(`${JSON.stringify(said)}\n`);
  }
}
