import type { Rule } from "./rule.ts";
import { extensionRules } from "./rules/extensions.ts";
import { formRules } from "./rules/form.ts";
import { identifierRules } from "./rules/identifiers.ts";
import { keyRules } from "./rules/key.ts";
import { personRules } from "./rules/person.ts";
import { serialRules } from "./rules/serial.ts";
import { statusRules } from "./rules/status.ts";
import { subjectRules } from "./rules/subject.ts";
import { usageRules } from "./rules/usage.ts";
import { validityRules } from "./rules/validity.ts";

/** Every rule, in the order of the fields of a certificate. */
export const rules: readonly Rule[] = [
  ...formRules,
  ...serialRules,
  ...validityRules,
  ...subjectRules,
  ...keyRules,
  ...extensionRules,
  ...identifierRules,
  ...usageRules,
  ...statusRules,
  ...personRules,
];
