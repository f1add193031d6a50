import type { CeremonyReport } from "./report.ts";

/** The report as a text to read and to sign on paper, in English and Japanese (Markdown). */
export function reportText(report: CeremonyReport): string {
  const { generation, keyStore, root, previousRoot } = report;
  const store =
    keyStore.type === "software"
      ? "software, files of encrypted PKCS#8 / ソフトウェア（暗号化ファイル）"
      : `PKCS#11, token "${keyStore.token}", module ${keyStore.module}`;
  return `# Key ceremony report ${generation} / 鍵生成セレモニー報告書 ${generation}

The signed report is the \`.jws\` file; this is its readable form. 署名付き報告書は \`.jws\` のファイルです。

| | |
| --- | --- |
| begun / 開始 | ${report.startedAt} |
| ended / 終了 | ${report.endedAt} |
| software / ソフトウェア | ${report.software} |
| key store / 鍵の保管場所 | ${store} |
| root, SHA-256 / ルート証明書 | \`${root.sha256}\` |
| root before, SHA-256 / 旧ルート証明書 | ${previousRoot ? `\`${previousRoot.sha256}\`` : "–"} |
| root CRL, SHA-256 / ルートのCRL | \`${report.rootCrl.sha256}\` |
| statement, SHA-256 / 承認された計画 | \`${report.statementSha256}\` |

## Approved by / 承認者

${table(
  ["name / 氏名", "key / 鍵"],
  report.approvals.map(({ name, kid }) => [name, `\`${kid}\``]),
)}

## Keys made / 生成した鍵

${table(
  ["id", "use / 用途", "algorithm / 方式", "extractable / 取出し", "SPKI, SHA-256"],
  report.keys.map((key) => [
    key.id,
    key.role,
    key.algorithm,
    key.extractable ? "yes / 可" : "no / 不可",
    `\`${key.spkiSha256}\``,
  ]),
)}

## Certificates made / 発行した証明書

${table(
  [
    "use / 用途",
    "subject / 主体者",
    "signed by / 署名鍵",
    "serial / 番号",
    "from / 開始",
    "to / 終了",
    "SHA-256",
  ],
  report.certificates.map((certificate) => [
    certificate.role,
    certificate.subject,
    certificate.signedBy,
    `\`${certificate.serial}\``,
    certificate.notBefore,
    certificate.notAfter,
    `\`${certificate.sha256}\``,
  ]),
)}

## Present / 立会人

| name / 氏名 | signature / 署名 | date / 日付 |
| --- | --- | --- |
| | | |
`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
