import { heartbeat } from "@temporalio/activity";
import { UnusableCrl } from "../../pki/crl/unusable-crl.ts";
import { audit } from "../../registry/audit/lines.ts";
import { moveRevocation, waitingRevocations } from "../../registry/change-detection/card-revocations.ts";
import type { ChangeDetectionActivities, CrlRunReport } from "../../workflows/change-detection/contract.ts";
import type { ChangeDetectionDeps } from "./deps.ts";
import { takePart } from "./match-crl.ts";

/** Parts processed at once: enough to hide the transfer time, few enough for J-LIS and for memory. */
const listsAtOnce = 4;
const revocationsAtOnce = 100;

/** The daily run. A part that was processed is not processed again, so another attempt continues where this one ended. */
export function createDailyRunActivities(deps: ChangeDetectionDeps): ChangeDetectionActivities {
  return {
    async readCrlParts() {
      const parts = await deps.jlis.crlParts();
      const report: CrlRunReport = { parts: 0, refused: 0, entries: 0, newEntries: 0, hits: 0 };
      const left = parts.values();
      const take = async () => {
        for (const part of left) {
          try {
            const { entries, newEntries, matches } = await takePart(deps, part);
            report.entries += entries;
            report.newEntries += newEntries;
            report.hits += matches;
          } catch (error) {
            if (!(error instanceof UnusableCrl)) throw error;
            report.refused += 1;
            await raiseAlarm(deps, part.part, error);
          }
          report.parts += 1;
          heartbeat(report.parts);
        }
      };
      await Promise.all(Array.from({ length: listsAtOnce }, take));
      return report;
    },

    async dispatchHits() {
      let dispatched = 0;
      for (;;) {
        const waiting = await waitingRevocations(deps.pool, revocationsAtOnce);
        if (waiting.length === 0) return dispatched;
        for (const { id, personId } of waiting) {
          // Signal first: a card revocation that is signalled twice is settled once.
          await deps.signalRefresh(personId, id);
          await moveRevocation(deps.pool, id, "dispatched");
          dispatched += 1;
        }
        heartbeat(dispatched);
      }
    },
  };
}

/** The old list stays in force, and somebody has to check the new one. The alarm has no personal data. */
async function raiseAlarm(
  { pool, log }: ChangeDetectionDeps,
  part: string,
  error: UnusableCrl,
): Promise<void> {
  log.error(
    { alarm: "crl-refused", part, why: error.message },
    "a CRL part was refused; the previous one stays in force",
  );
  await audit(pool, "crl-refused", part, { why: error.message });
}
