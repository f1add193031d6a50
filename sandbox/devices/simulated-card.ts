import { z } from "zod";
import type { Transmit } from "../../client/app/card/sign-card.ts";
import { makeWebCryptoDeviceKey, type WebCryptoDeviceKey } from "../../client/app/device-key.ts";
import { attestation } from "../../protocol/application.ts";
import { simulatorMs } from "./patience.ts";

/** The simulated card reader, attester or town hall failed or refused. */
export class SimulatorFailed extends Error {
  override name = "SimulatorFailed";
  /** The simulator's own code (simulators/README.md), if it answered with one. */
  readonly code: string | undefined;

  constructor(message: string, { code, ...options }: ErrorOptions & { code?: string | undefined } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** The code in the body of a simulator's refusal. */
function codeOf(body: string): string | undefined {
  try {
    return z.object({ error: z.string() }).parse(JSON.parse(body)).error;
  } catch {
    return undefined;
  }
}

const counters = z.looseObject({
  activations: z.number(),
  signatures: z.number(),
  signTriesLeft: z.number(),
});
export type CardCounters = z.infer<typeof counters>;

/** A card in the simulated reader, used over HTTP like one over NFC. */
export class SimulatedCard {
  readonly name: string;
  readonly #cards: string;

  constructor(cards: string, name: string) {
    this.name = name;
    this.#cards = cards.replace(/\/+$/, "");
  }

  /** Sends one APDU; rejects if the reader does not answer, like a removed card. */
  readonly transmit: Transmit = async (apdu) => {
    const { response } = await this.#call(
      "POST",
      `/reader/${this.#path}/apdu`,
      { apdu: Buffer.from(apdu).toString("hex") },
      z.looseObject({ response: z.hex() }),
    );
    return Buffer.from(response, "hex");
  };

  /** Removes the card from the field: the next APDU begins a new tap. */
  async remove(): Promise<void> {
    await this.#call("POST", `/reader/${this.#path}/reset`, undefined, z.unknown());
  }

  async counters(): Promise<CardCounters> {
    return this.#call("GET", `/reader/${this.#path}`, undefined, counters);
  }

  /** Makes the town hall create a resident with a card of this name. False if there is one already. */
  async issue(resident: { signPin?: string; [field: string]: unknown } = {}): Promise<boolean> {
    try {
      await this.#call("POST", "/town-hall/residents", { card: this.name, ...resident }, z.unknown());
      return true;
    } catch (error) {
      if (error instanceof SimulatorFailed && error.code === "CARD_EXISTS") return false;
      throw error;
    }
  }

  /** An act at the town hall: `move`, `renew`, `lose`, … */
  async atTownHall(act: string, details: Record<string, unknown> = {}): Promise<void> {
    await this.#call("POST", `/town-hall/residents/${this.#path}/${act}`, details, z.unknown());
  }

  /** The town hall's data of the holder: register entry, certificates, consents. */
  async resident(): Promise<unknown> {
    return this.#call("GET", `/town-hall/residents/${this.#path}`, undefined, z.unknown());
  }

  get #path(): string {
    return encodeURIComponent(this.name);
  }

  async #call<T extends z.ZodType>(
    method: string,
    path: string,
    body: unknown,
    schema: T,
  ): Promise<z.infer<T>> {
    let response: Response;
    try {
      const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      response = await fetch(`${this.#cards}${path}`, {
        method,
        ...(body === undefined ? {} : json),
        signal: AbortSignal.timeout(simulatorMs),
      });
    } catch (cause) {
      throw new SimulatorFailed(`The simulated card reader at ${this.#cards} does not answer.`, { cause });
    }
    const text = await response.text();
    if (!response.ok)
      throw new SimulatorFailed(`The card simulator refused ${method} ${path}: ${text.slice(0, 300)}`, {
        code: codeOf(text),
      });
    return schema.parse(text === "" ? undefined : JSON.parse(text));
  }
}

/** A device key of a simulated phone: exportable, so that its owner can inspect it, and attested by the simulator. */
export async function makePhoneKey(
  attester: string | undefined,
): Promise<WebCryptoDeviceKey & { pkcs8: Buffer }> {
  const key = await makeWebCryptoDeviceKey({
    extractable: true,
    ...(attester === undefined ? {} : { attest: (request) => askAttester(attester, request) }),
  });
  return { ...key, pkcs8: Buffer.from(await crypto.subtle.exportKey("pkcs8", key.privateKey)) };
}

async function askAttester(attester: string, request: object) {
  const response = await fetch(`${attester}/statement`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(simulatorMs),
  }).catch((cause: unknown) => {
    throw new SimulatorFailed(`The simulated attester at ${attester} does not answer.`, { cause });
  });
  if (!response.ok) throw new SimulatorFailed(`The simulated attester answered HTTP ${response.status}.`);
  return attestation.parse(await response.json());
}
