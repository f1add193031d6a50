import { createContext } from "preact";
import { useContext } from "preact/hooks";

export type Language = "ja" | "en";
export interface Words {
  ja: string;
  en: string;
}

const key = "kazasu-language";

export const startLanguage = (): Language => (localStorage.getItem(key) === "en" ? "en" : "ja");
export const keepLanguage = (language: Language): void => {
  localStorage.setItem(key, language);
  document.documentElement.lang = language;
};

export const LanguageContext = createContext<Language>("ja");

/** Texts in the page's language. */
export function useWords(): (words: Words) => string {
  const language = useContext(LanguageContext);
  return (words) => words[language];
}
