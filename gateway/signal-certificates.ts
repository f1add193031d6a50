import type { CertificateClient } from "../client/engine/certificate.ts";

/**
 * Signals the certificate workflows to notify the holders of revoked certificates. The revocation is effective even if Temporal
 * does not answer; the hourly sweep sends the missing signals.
 */
export async function signalCertificates(
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
      deps.log.warn(
        { errorName: name },
        "a revocation is stored; notifications are sent once Temporal answers",
      );
      return;
    }
  }
}
