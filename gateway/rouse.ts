import type { CertificateClient } from "../client/engine/certificate.ts";

/**
 * Has the lifecycles of revoked certificates tell the people. The revocation stands whether Temporal answers or not:
 * what could not be said now, the hourly sweep says.
 */
export async function rouseAll(
  deps: {
    certificate: Pick<CertificateClient, "reread">;
    log: { warn(fields: object, message: string): void };
  },
  revoked: readonly { enrolmentId: string }[],
): Promise<void> {
  for (const { enrolmentId } of revoked) {
    try {
      await deps.certificate.reread(enrolmentId);
    } catch (error) {
      const { name } = error as Error;
      deps.log.warn({ errorName: name }, "a revocation stands; people are told once Temporal answers");
      return;
    }
  }
}
