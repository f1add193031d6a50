import { readDer, tags } from "../../der/cursor.ts";
import { readPreciseTime, readTime } from "../../der/read-time.ts";

/** A Time (RFC 5280 §4.1.2.5) and its encoding. */
export interface WrittenTime {
  type: "UTCTime" | "GeneralizedTime";
  instant: Date;
}

/** Accepts fractions of a second in a GeneralizedTime, which a rule reports. @throws NotDer */
export const readWrittenTime = (der: Uint8Array): WrittenTime =>
  readDer(der, "time", (cursor) =>
    cursor.tag === tags.utcTime
      ? { type: "UTCTime", instant: readTime(cursor) }
      : { type: "GeneralizedTime", instant: readPreciseTime(cursor) },
  );
