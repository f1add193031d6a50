import { createHash } from "node:crypto";
import type { RegisterEntry } from "./register.ts";

type Persona = Omit<RegisterEntry, "alive">;

/** Difficult test data on purpose: kanji, numerals, spaces and lengths that break careless programs. */
const personas: readonly Persona[] = [
  {
    name: "髙﨑　美咲",
    sex: "2",
    dateOfBirth: "419900415",
    prefecture: "Tokyo-to",
    city: "Minato-ku",
    address: "東京都港区芝浦一丁目２番３号　シーサイドテラス芝浦１２０４号室",
  },
  {
    name: "𠮷田　健太郎",
    sex: "1",
    dateOfBirth: "319850703",
    prefecture: "Osaka-fu",
    city: "Sakai-shi Kita-ku",
    address: "大阪府堺市北区百舌鳥〇〇町三丁目４５番地の６",
  },
  {
    name: "渡邉　ノ一",
    sex: "1",
    dateOfBirth: "319640229",
    prefecture: "Kyoto-fu",
    city: "Kyoto-shi Nakagyo-ku",
    address: "京都府京都市中京区寺町通御池上る上本能寺前町４８８番地　二条ハイツ〇号棟",
  },
  {
    name: "ＭＡＲＩＡ　ＤＡ　ＳＩＬＶＡ",
    sex: "2",
    dateOfBirth: "419951130",
    prefecture: "Shizuoka-ken",
    city: "Hamamatsu-shi Chuo-ku",
    address: "静岡県浜松市中央区元城町１０３番地の２　コーポ　グランデ３０２",
  },
  {
    name: "齋藤　〆子",
    sex: "2",
    dateOfBirth: "319480101",
    prefecture: "Hokkaido",
    city: "Sapporo-shi Chuo-ku",
    address: `北海道札幌市中央区北一条西二丁目１番地　${"サッポロセントラルパークレジデンスタワー".repeat(4)}壱号館２８０１号室`,
  },
  {
    name: "𡈽屋　凜",
    sex: "3",
    dateOfBirth: "400000000",
    prefecture: "Nara-ken",
    city: "Kashihara-shi",
    address: "奈良県橿原市𡈽橋町〇丁目７８−９",
  },
];

/** The persona of a card by its name: the same name always gives the same person. */
export function personaOf(card: string): Persona {
  const digest = createHash("sha256").update(card).digest();
  const chosen = personas[(digest[0] ?? 0) % personas.length];
  if (!chosen) throw new Error("There are no personas.");
  return { ...chosen };
}

/** Default PINs of a card. */
export const defaultPins = { signPin: "ABC12345", authPin: "1234", assistPin: "1234" } as const;
