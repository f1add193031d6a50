import { AsnArray, AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes } from "@peculiar/asn1-schema";

/** id-pe-qcStatements (RFC 3739 §3.2.6). Never critical here (EN 319 412-5 §4.1). */
export const id_pe_qcStatements = "1.3.6.1.5.5.7.1.3";

/** Statements of EN 319 412-5 by their names there. */
export type QcStatement =
  /** §4.2.1: issued as qualified, in the EU unless QcCClegislation names a country. */
  | { statement: "QcCompliance" }
  /** §4.2.3: the qualified purpose. */
  | { statement: "QcType"; type: "esign" | "eseal" }
  /** §4.3.4: disclosure statements, https; at least one in English. */
  | { statement: "QcPDS"; locations: readonly { url: string; language: string }[] }
  /** §4.2.4: the legislation's country, ISO 3166 alpha-2. */
  | { statement: "QcCClegislation"; countries: readonly string[] };

/** id-etsi-qcs. */
const arc = "0.4.0.1862.1";
const ids = {
  QcCompliance: `${arc}.1`,
  QcPDS: `${arc}.5`,
  QcType: `${arc}.6`,
  QcCClegislation: `${arc}.7`,
} as const satisfies Record<QcStatement["statement"], string>;
const qcTypes = { esign: `${arc}.6.1`, eseal: `${arc}.6.2` } as const;

class Statement {
  statementId = "";
  statementInfo?: ArrayBuffer;

  constructor(value: Partial<Statement> = {}) {
    Object.assign(this, value);
  }
}
AsnType({ type: AsnTypeTypes.Sequence })(Statement);
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(Statement.prototype, "statementId");
AsnProp({ type: AsnPropTypes.Any, optional: true })(Statement.prototype, "statementInfo");

export class QcStatements extends AsnArray<Statement> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: Statement })(QcStatements);

class QcTypes extends AsnArray<string> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: AsnPropTypes.ObjectIdentifier })(QcTypes);

class Countries extends AsnArray<string> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: AsnPropTypes.PrintableString })(Countries);

class Location {
  url = "";
  language = "";

  constructor(value: Partial<Location> = {}) {
    Object.assign(this, value);
  }
}
AsnType({ type: AsnTypeTypes.Sequence })(Location);
AsnProp({ type: AsnPropTypes.IA5String })(Location.prototype, "url");
AsnProp({ type: AsnPropTypes.PrintableString })(Location.prototype, "language");

class Locations extends AsnArray<Location> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: Location })(Locations);

/** The content of the extension. */
export const qcStatementsOf = (statements: readonly QcStatement[]): QcStatements =>
  new QcStatements(
    statements.map((said) => {
      const info = infoOf(said);
      return new Statement({
        statementId: ids[said.statement],
        ...(info && { statementInfo: AsnConvert.serialize(info) }),
      });
    }),
  );

function infoOf(said: QcStatement): object | undefined {
  switch (said.statement) {
    case "QcCompliance":
      return undefined;
    case "QcType":
      return new QcTypes([qcTypes[said.type]]);
    case "QcPDS":
      return new Locations(said.locations.map((location) => new Location(location)));
    case "QcCClegislation":
      return new Countries([...said.countries]);
  }
}
