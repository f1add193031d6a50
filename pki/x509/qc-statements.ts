import { NotDer } from "../der/cursor.ts";
import type { ExtensionType } from "./extension.ts";

export interface QcStatementValue {
  id: string;
  /** DER of statementInfo, if any. */
  info?: Uint8Array;
}

/** qcStatements (RFC 3739 §3.2.6): at least one. */
export const qcStatements: ExtensionType<QcStatementValue[]> = {
  oid: "1.3.6.1.5.5.7.1.3",
  read: (cursor) => {
    const sequence = cursor.enter();
    const statements: QcStatementValue[] = [];
    while (!sequence.ended) {
      const statement = sequence.enter();
      const id = statement.objectIdentifier();
      const info = statement.ended ? undefined : statement.any();
      statement.finish();
      statements.push({ id, ...(info && { info }) });
    }
    if (statements.length === 0) throw new NotDer("qcStatements without a statement");
    return statements;
  },
};
