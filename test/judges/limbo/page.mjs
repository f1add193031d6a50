const said = (isValid) => (isValid ? "valid" : "invalid");

/** The page of results: counts by group, then each difference with its reason. */
export function page(judged) {
  const groups = Map.groupBy
    ? Map.groupBy(judged, groupOf)
    : judged.reduce((all, one) => all.set(groupOf(one), [...(all.get(groupOf(one)) ?? []), one]), new Map());
  const counts = [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, ones]) => {
      const differ = ones.filter(({ difference }) => difference !== undefined).length;
      return `| ${name} | ${ones.length} | ${ones.length - differ} | ${differ} |`;
    });
  const differences = judged
    .filter(({ difference }) => difference !== undefined)
    .map(({ id, right, ours, code, difference }) => {
      const answer = ours ? said(true) : `${said(false)} (${code})`;
      return `| ${id} | ${said(right)} | ${answer} | ${difference || "**none**"} |`;
    });
  return `# x509-limbo: case, right, ours

Made by hand: \`node test/judges/limbo/judge.mjs LIMBO.JSON\`, with what \`limbo compile\` makes of commit 8a2e6f4 (2026-06-29).
Its \`bettertls\` cases are not among them: their data is not in the copy of the repository that was at hand. Host names are
not compared, so a case that only differs by them says nothing of us; key usage of the signer is not asked either.

| group | cases | as they should be | differ |
| --- | --- | --- | --- |
${counts.join("\n")}

## Differences

| case | right | ours | reason |
| --- | --- | --- | --- |
${differences.join("\n")}
`;
}

const groupOf = ({ id }) => id.split("::").slice(0, -1).join("::");
