/** What the console says, in both languages. */
export const texts = {
  ja: {
    title: "運用コンソール",
    other: "English",
    login: "ログイン",
    loading: "読み込み中…",
    offline: "接続が切れています。表示は最後に受け取った内容です。",
    empty: "該当するものはありません。",
    counts: "状態ごとの件数",
    search: "ID・シリアル番号・相手先で探す",
  },
  en: {
    title: "Operator console",
    other: "日本語",
    login: "Log in",
    loading: "Loading …",
    offline: "The connection is lost. What you see was received last.",
    empty: "There is nothing.",
    counts: "Counts by state",
    search: "Search by id, serial or party",
  },
} as const;
