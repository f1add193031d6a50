import type { StatusRegistry, StoredCrl } from "../../../gateway/status/status-registry.ts";
import type { CertificateStatus } from "../../../pki/ca/ocsp.ts";
import type { Revocation, RevocationReason } from "../../../pki/ca/revocation.ts";

/** A StatusRegistry in memory: several processes share it as they would share Postgres. */
export class MemoryRegistry implements StatusRegistry {
  readonly published: StoredCrl[] = [];
  /** While set, every call fails, as when Postgres is down. */
  down = false;
  #issued = new Map<string, CertificateStatus>();
  #lock: Promise<unknown> = Promise.resolve();

  issued(serial: string): void {
    this.#issued.set(serial, { status: "good" });
  }

  revoke(serial: string, reason: RevocationReason, revokedAt = new Date()): void {
    this.#issued.set(serial, { status: "revoked", reason, revokedAt });
  }

  async statusOf(serial: string): Promise<CertificateStatus | undefined> {
    this.#reach();
    return this.#issued.get(serial);
  }

  async currentCrl(): Promise<StoredCrl | undefined> {
    this.#reach();
    return this.published.at(-1);
  }

  async revocationMark(): Promise<string> {
    this.#reach();
    return String(this.#revocations().length);
  }

  publishCrl(make: Parameters<StatusRegistry["publishCrl"]>[0]): Promise<Uint8Array> {
    const turn = this.#lock.then(async () => {
      this.#reach();
      const number = (this.published.at(-1)?.number ?? 0n) + 1n;
      const revocationMark = await this.revocationMark();
      const made = await make({ number, entries: this.#revocations() });
      this.published.push({ ...made, number, revocationMark });
      return made.der;
    });
    this.#lock = turn.catch(() => undefined);
    return turn;
  }

  #revocations(): Revocation[] {
    return [...this.#issued].flatMap(([serial, status]) =>
      status.status === "revoked" ? [{ serial, revokedAt: status.revokedAt, reason: status.reason }] : [],
    );
  }

  #reach(): void {
    if (this.down) throw new Error("The registry does not answer.");
  }
}
