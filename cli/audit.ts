import type { Command } from "commander";
import { auditCertificatesCommand } from "./audit-certificates.ts";
import { auditVerifyCommand } from "./audit-verify.ts";

/** `kazasu audit`: commands for an auditor. */
export function auditCommand(program: Command): void {
  const audit = program.command("audit").description("hold the CA's records against themselves");
  auditVerifyCommand(audit);
  auditCertificatesCommand(audit);
}
