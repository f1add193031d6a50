import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Logger } from "pino";
import { startControl } from "./control/control.ts";
import { choosePort } from "./embedded/ports.ts";
import { Parties } from "./persons/parties.ts";
import { Person } from "./persons/person.ts";
import { type PersonOfTheCast, persons } from "./persons/persons.ts";
import { prepare } from "./persons/prepare.ts";
import { type Addresses, openWorld } from "./persons/world.ts";
import { type FirstThings, readyClients } from "./trial/ready-clients.ts";
import type { Trace } from "./watch/trace.ts";

export interface SandboxOptions {
  /** The folder of the phones' files. */
  folder: string;
  addresses: Addresses;
  /** Folder of the stack's service keys. */
  keys: string;
  /** Port of the control interface; default: the last one, otherwise any free one. */
  port?: number | undefined;
  /** The persons; default: the test persons of docs/reference/sandbox.md. */
  cast?: readonly PersonOfTheCast[];
  /** The recorded requests of parties; absent if the gateway is not watched. */
  trace?: Trace;
  /** Creates each person at their first act, so that a stack is ready at once. */
  lazy?: true;
  log: Logger;
}

export interface Sandbox {
  /** The control interface. */
  url: string;
  people: ReadonlyMap<string, Person>;
  /** A client at each issuer, and the CA's root. */
  first: FirstThings;
  /** Switches the phones off. The stack keeps running. */
  close(): Promise<void>;
}

/**
 * Creates or restores the test persons of a running stack, switches their phones on, and opens the control interface. Throws
 * Error in one sentence.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { folder, addresses, log } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const world = await openWorld(addresses, options.keys, log);
  const people = new Map<string, Person>();
  const parties = new Parties(addresses.postgres);
  const closings: (() => Promise<void>)[] = [world.close, () => parties.close()];
  const close = async () => {
    for (const closing of closings.splice(0).toReversed())
      await closing().catch((err: unknown) => log.error({ err }, "closing a part of the sandbox failed"));
  };
  try {
    for (const cast of options.cast ?? persons) people.set(cast.slug, await Person.open(cast, world, folder));
    const all = [...people.values()];
    closings.push(async () => void (await Promise.allSettled(all.map((person) => person.switchOff()))));
    const makings = new Map<Person, Promise<void>>();
    const prepareOnce = (person: Person): Promise<void> => {
      const making = makings.get(person) ?? prepare(person);
      makings.set(person, making);
      return making;
    };
    // One by one: each card's keys take time, and a simulator has ten seconds to answer on a busy machine.
    if (!options.lazy) for (const person of all) await prepareOnce(person);
    await Promise.all(all.map((person) => person.switchOn()));
    const { gateway, bank, jlis, pushService, console, personPage } = addresses;
    const clients = join(dirname(folder), "clients");
    const authority = join(options.keys, "authority");
    const first = await readyClients(clients, { gateway, authority }, (asked) => parties.register(asked));
    const control = await startControl({
      people,
      world,
      prepare: prepareOnce,
      parties,
      first,
      clients,
      trace: options.trace,
      log,
      port: options.port ?? (await rememberedPort(folder)),
      addresses: { gateway, bank, jlis, pushService, console, personPage },
    });
    closings.push(control.close);
    return { url: control.url, people, first, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The port of the last start, so that a developer's saved URLs remain valid. */
async function rememberedPort(folder: string): Promise<number> {
  const file = join(folder, "port");
  const last = Number(await readFile(file, "utf8").catch(() => ""));
  const port = await choosePort(last > 0 ? last : undefined, new Set());
  await writeFile(file, String(port), { mode: 0o600 });
  return port;
}
