/** `npm run build`: installs what is missing and rebuilds dist/. */
import { prepare } from "./bootstrap.mjs";
import { fail } from "./progress.mjs";

await prepare({ rebuild: true }).catch(fail);
