import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { given } from "../transactions/programs.ts";
import { judgeFetching } from "./fetching.ts";
import { judgeSamples } from "./judging.ts";

const python = join(given("KAZASU_PYTHON"), "python");
const program = (name: string) =>
  fileURLToPath(new URL(`../../../docs/interop/python/${name}`, import.meta.url));

judgeFetching([python, program("fetch_change.py")]);
judgeSamples({
  set: [python, program("verify_set.py")],
  certificate: [python, program("verify_certificate.py")],
  transaction: [python, program("verify_transaction.py")],
});
