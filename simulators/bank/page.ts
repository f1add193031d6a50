import type { Account } from "./accounts.ts";

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? "");

const cell = (value: string | number | null): string =>
  `<td>${value === null ? "–" : escape(String(value))}</td>`;

const time = (date: Date | null): string | null =>
  date === null ? null : date.toLocaleString("ja-JP", { timeZone: "Asia/Tokyo" });

/** The accounts as plain HTML without a script. All content is escaped. */
export function accountsPage(accounts: readonly Account[]): string {
  const rows = accounts.map((account) => {
    const state = account.reviewVersion === null ? "最新" : `版 ${account.reviewVersion} を確認中`;
    const cells = [
      account.customer,
      account.name,
      account.address,
      account.dateOfBirth,
      account.sex,
      account.anchorVersion,
      state,
      time(account.updatedAt),
      time(account.credentialChangedAt),
    ];
    return `<tr>${cells.map(cell).join("")}</tr>`;
  });
  return `<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<title>ABC 銀行 口座台帳</title>
<style>body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left}</style>
<h1>ABC 銀行 口座台帳</h1>
<p>架空の銀行です。人名・住所はすべて架空です。時刻は日本時間。</p>
<table>
<thead><tr><th>顧客番号<th>氏名<th>住所<th>生年月日<th>性別<th>版<th>状態<th>更新<th>端末の変更</tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>
`;
}
