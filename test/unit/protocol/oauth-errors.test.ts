import { expect, test } from "@jest/globals";
import { type OAuthErrorEntry, oauthErrors } from "../../../protocol/oauth-errors.ts";

const entries = Object.entries(oauthErrors as Record<string, OAuthErrorEntry>);

test.each(entries)("ok/%s says when and what next, in both languages", (error, { at, when, next }) => {
  expect(error).toMatch(/^[a-z_]+$/);
  expect(Object.keys(at).length).toBeGreaterThan(0);
  for (const text of [when.en, next.en]) expect(text).toMatch(/^[\x20-\x7e]{10,}\.$/);
  for (const text of [when.ja, next.ja]) expect(text).toMatch(/^(?=.*[\u3040-\u30ff\u4e00-\u9fff]).*。$/);
});
