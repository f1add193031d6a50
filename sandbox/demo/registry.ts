import { Engine } from "../../client/engine/engine.ts";
import { readAttributeRecord } from "../../registry/attribute-record/records.ts";
import { unsettledRevocations } from "../../registry/change-detection/card-revocations.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { Sealer } from "../../registry/sealing.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import type { Cast } from "./cast.ts";

/** The story's queries inside the CA that check whether a step succeeded. */
export class Registry {
  readonly #cast: Cast;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  /** The person's pseudonym at an enrolment's party, as in the certificate's subject. */
  async pseudonym(enrolmentId: string): Promise<string> {
    return (await this.#enrolment(enrolmentId)).pseudonym;
  }

  async anchorVersion(enrolmentId: string): Promise<number> {
    return (await this.#attributeRecord(enrolmentId)).version;
  }

  async address(enrolmentId: string): Promise<string> {
    return (await this.#attributeRecord(enrolmentId)).attributes.address;
  }

  /** Makes J-LIS publish its lists now, and reads them like the daily run. */
  async detectChanges(): Promise<void> {
    await fetch(`${this.#cast.stack.jlis}/control/crl`, { method: "POST" });
    await this.#withEngine((engine) => engine.changeDetection.runNow());
  }

  /** The person's card revocations that are found and not settled. */
  async revocationsUnderWay(enrolmentId: string): Promise<number> {
    const { personId } = await this.#enrolment(enrolmentId);
    return unsettledRevocations(this.#cast.pool, personId);
  }

  /** Resolves when no refresh runs for an enrolment's person. */
  async untilRefreshed(enrolmentId: string): Promise<void> {
    const { personId } = await this.#enrolment(enrolmentId);
    await this.#withEngine((engine) => engine.changeDetection.untilRefreshed(personId));
  }

  async #enrolment(id: string) {
    const enrolment = await findEnrolment(this.#cast.pool, id);
    if (!enrolment) throw new Error("The enrolment is not in the registry.");
    return enrolment;
  }

  async #attributeRecord(enrolmentId: string) {
    const { personId } = await this.#enrolment(enrolmentId);
    const { evidence } = await this.#keys();
    const record = await readAttributeRecord(this.#cast.pool, new Sealer(evidence), personId);
    if (!record) throw new Error("The person has no attribute record.");
    return record;
  }

  async #withEngine<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
    const { temporal, namespace } = this.#cast.stack;
    const { codec } = await this.#keys();
    const engine = await Engine.connect({ address: temporal, namespace, codecKeys: codec });
    try {
      return await act(engine);
    } finally {
      await engine.close();
    }
  }

  #keys() {
    return ensureServiceKeys(this.#cast.stack.environment["KAZASU_KEYS"] ?? "");
  }
}
