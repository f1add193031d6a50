/** Loaded into a session's process: its first signature finds that somebody has logged the token out, for real. */
import { createRequire } from "node:module";

const { Session } = createRequire(import.meta.url)("graphene-pk11");
const createSign = Session.prototype.createSign;
let isDone = false;
Session.prototype.createSign = function (...request) {
  if (!isDone) {
    isDone = true;
    this.logout();
  }
  return createSign.apply(this, request);
};
