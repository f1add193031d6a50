import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { judgeTransactions } from "./judging.ts";
import { askProgram, given } from "./programs.ts";

const program = fileURLToPath(new URL("../pyhanko/judge.py", import.meta.url));

judgeTransactions([
  {
    name: "pyHanko 0.38.0, AdES validation with time, every status required",
    ask: (directory) => askProgram(join(given("KAZASU_PYTHON"), "python"), [program], directory),
  },
]);
