/** The roles of operators. Nobody has one by default. */
export const roles = ["viewer", "operator", "approver", "auditor"] as const;
export type Role = (typeof roles)[number];

/** The permissions of the console, and the roles that have them. */
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

/** All permissions of these roles. */
export const permissionsOf = (held: readonly string[]): Permission[] =>
  (Object.keys(permitted) as Permission[]).filter((permission) => may(held, permission));

/** Sources of roles: a claim of the ID token, and a map from subject to roles, which takes precedence. */
export interface RoleRule {
  claim: string | undefined;
  subjects: Readonly<Record<string, readonly string[]>>;
}

/** The roles of an authenticated operator: only names known to this console, none by default. */
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
