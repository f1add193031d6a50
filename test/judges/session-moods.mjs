/**
 * Loaded into the sessions' processes: a device that has its moods, each real to the library. A file in the folder
 * $HSM_MOODS calls for one, once: `logout` and `close-all` before a signature, `hang` in one. `logins` grows by a line with
 * each PIN that is tried, `refused-logins` with each that is refused.
 */
import { appendFileSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Session } = createRequire(import.meta.url)("graphene-pk11");
const folder = process.env.HSM_MOODS;

function isCalledFor(mood) {
  try {
    // Of many sessions only one can remove the file.
    unlinkSync(join(folder, mood));
    return true;
  } catch {
    return false;
  }
}

const { createSign, login } = Session.prototype;
Session.prototype.createSign = function (...request) {
  if (isCalledFor("logout")) this.logout();
  if (isCalledFor("close-all")) this.slot.closeAll();
  if (isCalledFor("hang")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return createSign.apply(this, request);
};
Session.prototype.login = function (...request) {
  appendFileSync(join(folder, "logins"), "tried\n");
  try {
    return login.apply(this, request);
  } catch (error) {
    appendFileSync(join(folder, "refused-logins"), "refused\n");
    throw error;
  }
};
