import { attribute } from "../../../pki/ca/profiles/attribute.ts";
import type { Profile } from "../../../pki/ca/profiles/profile.ts";
import { id_pe_qcStatements, type QcStatement, qcStatementsOf } from "../../../pki/ca/qc-statements.ts";
import { content, without } from "./broken-extensions.ts";
import type * as mutation from "./mutation.ts";

/** Certificates that are wrong in their qcStatements. */

export const qualified: Profile = { ...attribute, qcStatements: [{ statement: "QcType", type: "esign" }] };
/** With every statement that a profile can have. */
export const everyStatement: Profile = {
  ...attribute,
  qcStatements: [
    { statement: "QcCompliance" },
    { statement: "QcType", type: "esign" },
    {
      statement: "QcPDS",
      locations: [
        { url: "https://ca.example/pds", language: "en" },
        { url: "https://ca.example/pds-ja", language: "ja" },
      ],
    },
    { statement: "QcCClegislation", countries: ["JP"] },
  ],
};
/** The statements of {@link everyStatement}, one of them another. */
const statementsWith = (other: QcStatement) => () =>
  qcStatementsOf(
    everyStatement.qcStatements!.map((one) => (one.statement === other.statement ? other : one)),
  );

export const brokenQcStatements: mutation.Break[] = [
  ["qc-statements", "none", without(id_pe_qcStatements), qualified],
  [
    "qc-statements",
    "others",
    content(id_pe_qcStatements, () => qcStatementsOf([{ statement: "QcType", type: "eseal" }])),
    qualified,
  ],
  [
    "qc-statements",
    "another address",
    content(
      id_pe_qcStatements,
      statementsWith({
        statement: "QcPDS",
        locations: [{ url: "https://elsewhere.example/pds", language: "en" }],
      }),
    ),
    everyStatement,
  ],
  [
    "qc-statements",
    "a country more",
    content(id_pe_qcStatements, statementsWith({ statement: "QcCClegislation", countries: ["JP", "DE"] })),
    everyStatement,
  ],
  [
    "qc-statements",
    "one of another's",
    content(id_pe_qcStatements, () => Buffer.from("300a300806062b0601040100", "hex")),
    qualified,
  ],
];
