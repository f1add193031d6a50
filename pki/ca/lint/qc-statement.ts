import { type Cursor, readDer, tags } from "../../der/cursor.ts";
import { decodeText } from "../../der/text.ts";
import type { QcStatementValue } from "../../x509/qc-statements.ts";
import type { QcStatement } from "../qc-statements.ts";

const types: Record<string, "esign" | "eseal"> = {
  "0.4.0.1862.1.6.1": "esign",
  "0.4.0.1862.1.6.2": "eseal",
};

/** Parsers of statementInfo, by statementId (EN 319 412-5 §4 and annex B). */
const withInfo: Record<string, (info: Cursor) => QcStatement | undefined> = {
  "0.4.0.1862.1.6": (info) => {
    const [only, ...more] = listOf(info, (sequence) => sequence.objectIdentifier());
    const type = types[only ?? ""];
    return type && more.length === 0 ? { statement: "QcType", type } : undefined;
  },
  "0.4.0.1862.1.5": (info) => ({
    statement: "QcPDS",
    locations: listOf(info, (sequence) => {
      const location = sequence.enter();
      const url = textOf(location, tags.ia5String);
      const language = textOf(location, tags.printableString);
      location.finish();
      return { url, language };
    }),
  }),
  "0.4.0.1862.1.7": (info) => ({
    statement: "QcCClegislation",
    countries: listOf(info, (sequence) => textOf(sequence, tags.printableString)),
  }),
};

/** A statement of EN 319 412-5; `undefined` for any other. @throws NotDer */
export function readStatement({ id, info }: QcStatementValue): QcStatement | undefined {
  if (info === undefined) return id === "0.4.0.1862.1.1" ? { statement: "QcCompliance" } : undefined;
  const read = withInfo[id];
  return read && readDer(info, `statement ${id}`, read);
}

function listOf<T>(cursor: Cursor, read: (sequence: Cursor) => T): T[] {
  const sequence = cursor.enter();
  const items: T[] = [];
  while (!sequence.ended) items.push(read(sequence));
  return items;
}

function textOf(cursor: Cursor, tag: number): string {
  return decodeText(tag, cursor.content(tag));
}
