/** What an operator may be. Nobody is anything by default. */
export const roles = ["viewer", "operator", "approver", "auditor"] as const;
export type Role = (typeof roles)[number];

/** What the console lets people do, and who may. */
const permitted = {
  view: ["viewer", "operator", "approver", "auditor"],
  "read-audit": ["auditor"],
  reveal: ["operator"],
  replay: ["operator"],
  propose: ["operator"],
  approve: ["approver"],
} as const satisfies Record<string, readonly Role[]>;
export type Permission = keyof typeof permitted;

export const may = (held: readonly string[], permission: Permission): boolean =>
  permitted[permission].some((role) => held.includes(role));

/** Everything that somebody with these roles may do. */
export const permissionsOf = (held: readonly string[]): Permission[] =>
  (Object.keys(permitted) as Permission[]).filter((permission) => may(held, permission));

/** Where the roles come from: a claim of the ID token, and a map from subject to roles, which wins where it names one. */
export interface RoleRule {
  claim: string | undefined;
  subjects: Readonly<Record<string, readonly string[]>>;
}

/** The roles of whom a provider vouched for: only names this console knows, none where nothing says so. */
export function rolesOf(claims: Readonly<Record<string, unknown>>, { claim, subjects }: RoleRule): Role[] {
  const subject = typeof claims.sub === "string" ? claims.sub : "";
  const given = Object.hasOwn(subjects, subject)
    ? subjects[subject]
    : claim === undefined || !Object.hasOwn(claims, claim)
      ? []
      : claims[claim];
  const names: unknown[] = Array.isArray(given) ? given : [given];
  return roles.filter((role) => names.includes(role));
}
