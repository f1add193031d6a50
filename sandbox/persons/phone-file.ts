import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { enrolmentId, registeredName } from "../../protocol/names.ts";

const coordinate = z.string().length(43);

const keptEnrolment = z.strictObject({
  enrolmentId,
  party: registeredName,
  app: registeredName,
  /** The certificate's subject. */
  subject: z.string().max(500),
  /** The certificate, DER in base64. */
  certificate: z.base64().max(16_384),
  /** The CA's certificates above it, each DER in base64. */
  chain: z.array(z.base64().max(16_384)).max(4).default([]),
  /** The device key. */
  key: z.strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: coordinate,
    y: coordinate,
    d: coordinate,
  }),
});

const keptPhone = z.strictObject({
  /** Whether the mishap before the sandbox's start has been played. */
  prepared: z.boolean(),
  auto: z.strictObject({
    on: z.boolean(),
    decision: z.enum(["confirm", "decline"]),
    /** Used as the number on the other screen. */
    number: z.number().int().min(10).max(99).default(42),
  }),
  enrolments: z.array(keptEnrolment).max(256),
  /** Enrolments on replaced phones, the newest last: they ask whether it was the person. */
  former: z.array(keptEnrolment).max(256).default([]),
});

/** A phone's data over a restart of the sandbox. */
export type KeptPhone = z.infer<typeof keptPhone>;
export type KeptEnrolment = KeptPhone["enrolments"][number];

const fresh: KeptPhone = {
  prepared: false,
  auto: { on: false, decision: "confirm", number: 42 },
  enrolments: [],
  former: [],
};

/** A phone's storage: one file of mode 0600, written atomically. Changes are written one after the other. */
export class PhoneFile {
  readonly #path: string;
  #state: KeptPhone;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, state: KeptPhone) {
    this.#path = path;
    this.#state = state;
  }

  /** Opens the file, or creates one at the first change. @throws Error in one sentence if it is not such a file */
  static async open(path: string): Promise<PhoneFile> {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return new PhoneFile(path, fresh);
    await chmod(path, 0o600);
    return new PhoneFile(path, read(text, path));
  }

  get state(): KeptPhone {
    return this.#state;
  }

  /** Changes the named members; resolves when it is on disk. */
  async keep(change: Partial<KeptPhone>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    const written = this.#writing.catch(() => {}).then(() => this.#write());
    this.#writing = written;
    await written;
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.new`, `${JSON.stringify(this.#state)}\n`, { mode: 0o600, flush: true });
    await rename(`${this.#path}.new`, this.#path);
  }
}

function read(text: string, path: string): KeptPhone {
  try {
    return keptPhone.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is not a phone of this sandbox; move it elsewhere to start with a new phone.`, {
      cause,
    });
  }
}
