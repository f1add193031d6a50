import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { type ModuleGroup, type Plan, plans, suite } from "./openid-modules.ts";

type Language = "en" | "ja";
const page = (language: Language): URL =>
  new URL(
    `../../../docs/reference/conformance${language === "en" ? "" : `.${language}`}.md`,
    import.meta.url,
  );

const texts = {
  en: {
    title: "OpenID conformance",
    about: `For party developers: the test modules of the OpenID Foundation's conformance suite (release ${suite.release}, ${suite.date}), what the
issuers and the transmitter answer, and our test that shows it. We have not run the suite itself, and the CA is not certified: our
tests send the same requests with clients of their own. This page is made from \`test/unit/docs/openid-modules.ts\`, and held to the
tests it names.`,
    results: `- **passes**: the answer is what the module expects.
- **differs**: another answer, on purpose.
- **not applicable**: the module tests what is not offered.
- **gap**: no test of ours shows it yet.`,
    plan: "Plan",
    head: "| module | result | shown by |",
    result: {
      passes: "passes",
      differs: "**differs**",
      "not applicable": "not applicable",
      gap: "**gap**",
    },
    prefixed: (prefix: string) => `Names without the prefix \`${prefix}\`.`,
  },
  ja: {
    title: "OpenID 適合性",
    about: `相手先の開発者向け。OpenID Foundation の適合性試験スイート（${suite.release}、${suite.date}）の各モジュールに対する、発行者と送信側の応答、
およびそれを示す試験。スイートそのものは実行しておらず、認証局は認定を受けていない。試験では、独自のクライアントから同じ要求を
送る。このページは \`test/unit/docs/openid-modules.ts\` から作られ、記載した試験の存在を検査している。`,
    results: `- **合格**：モジュールが期待する応答を返す。
- **相違**：意図して別の応答を返す。
- **対象外**：提供していない機能の試験。
- **不足**：示す試験がまだない。`,
    plan: "プラン",
    head: "| モジュール | 結果 | 試験 |",
    result: { passes: "合格", differs: "**相違**", "not applicable": "対象外", gap: "**不足**" },
    prefixed: (prefix: string) => `接頭辞 \`${prefix}\` は省略。`,
  },
} as const;

const row = (plan: Plan, { modules, result, note, by = [] }: ModuleGroup, language: Language): string => {
  const names = modules.map((name) => `\`${name === "" ? plan.prefix.slice(0, -1) : name}\``).join("<br>");
  const why = note ? `${language === "en" ? ": " : "："}${note[language]}` : "";
  const shown = by.map(([file, title]) => `[${file}](../../test/${file}): \`${title}\``).join("<br>");
  return `| ${names} | ${texts[language].result[result]}${why} | ${shown} |`;
};

const section = (plan: Plan, language: Language): string => {
  const t = texts[language];
  return `## ${plan.title[language]}

${t.plan} \`${plan.plan}\`. ${t.prefixed(plan.prefix)} ${plan.about[language]}

${[t.head, "| --- | --- | --- |", ...plan.groups.map((group) => row(plan, group, language))].join("\n")}
`;
};

const rendered = (language: Language): string => {
  const t = texts[language];
  return `# ${t.title}

${t.about}

${t.results}

${plans.map((plan) => section(plan, language)).join("\n")}`;
};

test.each(["en", "ja"] as const)(
  "ok/the page (%s) is what the modules say (UPDATE_DOCS=1 writes it anew)",
  (language) => {
    if (process.env["UPDATE_DOCS"]) writeFileSync(page(language), rendered(language));
    expect(readFileSync(page(language), "utf8")).toBe(rendered(language));
  },
);

const groups = plans.flatMap((plan) => plan.groups.map((group) => ({ plan: plan.plan, ...group })));
const named = groups.flatMap(({ modules, by = [] }) =>
  by.map(([file, title]) => ({ module: modules[0], file, title })),
);

test.each(named)("ok/$module: $file has $title", ({ file, title }) => {
  expect(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")).toContain(title);
});

test("ok/each module is named once in its plan, with a test, or with a reason why there is none", () => {
  for (const { groups: ofPlan } of plans) {
    const modules = ofPlan.flatMap((group) => group.modules);
    expect(modules.filter((name, index) => modules.indexOf(name) !== index)).toEqual([]);
  }
  const unexplained = groups.filter(({ result, by, note }) => (result === "passes" ? !by : !note));
  expect(unexplained).toEqual([]);
});
