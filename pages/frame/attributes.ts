import type { Words } from "./language.tsx";

const attributes: Record<string, Words> = {
  name: { ja: "氏名", en: "Name" },
  address: { ja: "住所", en: "Address" },
  dateOfBirth: { ja: "生年月日", en: "Date of birth" },
  sex: { ja: "性別", en: "Sex" },
};

export const named = (attribute: string): Words => attributes[attribute] ?? { ja: attribute, en: attribute };

/** Attributes as a list in words. */
export const listOf = (all: readonly string[]): Words => ({
  ja: all.map((each) => named(each).ja).join("、"),
  en: all.map((each) => named(each).en).join(", "),
});
