import { type Command, InvalidArgumentError, Option } from "commander";
import type { PartyCaller, PartyCredentials } from "./party-caller.ts";

/** Commands of a party's developer: they call the CA's API with the party's own client key, and need no database. */
export function ownInterfaceCommands(party: Command): void {
  asParty(party, "info", "show the party, both issuers, and the addresses of roots and CRLs").action(
    shown((ca) => ca.call("GET", "/v1/party")),
  );
  keyCommands(
    party.command("keys").description("the keys of your client: list, add with overlap, end, remove"),
  );

  paged(asParty(party, "events", "list events that your server has not received"))
    .addOption(
      new Option("--state <state>", "which events")
        .choices(["pending", "dead-lettered", "delivered"])
        .default("pending"),
    )
    .action(
      shown((ca, { state, after, limit }: Paged & { state: string }) =>
        ca.call("GET", `/v1/party/events?${query({ state, after, limit })}`),
      ),
    );

  asParty(party, "replay [jti]", "send events again: one, or those of a time range")
    .addOption(
      new Option("--state <state...>", "of a time range: which events; dead-lettered by default").choices([
        "dead-lettered",
        "delivered",
      ]),
    )
    .option("--from <time>", "of a time range: ISO 8601, for instance 2026-12-01T09:00:00+09:00", time)
    .option("--until <time>", "of a time range: ISO 8601; now by default", time)
    .action((jti: string | undefined, options: PartyCredentials & Range) =>
      shown((ca) => (jti === undefined ? replayRange(ca, options) : replayOne(ca, jti)))(options),
    );

  paged(asParty(party, "reads", "list your reads of attributes in the last 30 days"))
    .option("--sub <pseudonym>", "of one person")
    .action(
      shown((ca, { sub, after, limit }: Paged & { sub?: string }) =>
        ca.call("GET", `/v1/party/reads?${query({ sub, after, limit })}`),
      ),
    );

  streamCommands(party.command("streams").description("your event stream: settings, status, a test event"));
}

function keyCommands(keys: Command): void {
  keys
    .command("make <file>")
    .description("generate a private key (mode 0600) and print the public key")
    .action(async (file: string) => {
      const { makeClientKey } = await import("../workers/register-party.ts");
      print(await makeClientKey(file));
    });
  asParty(keys, "list", "list them, with their ends").action(shown((ca) => ca.call("GET", "/v1/party/keys")));
  asParty(keys, "add <file>", "add a public key (JWK, or a JWK Set of one) beside the others")
    .option("--expires <time>", "when it ends, ISO 8601; never by default", time)
    .action((file: string, options: PartyCredentials & { expires?: string }) =>
      shown(async (ca) => {
        const { readClientKeys } = await import("../workers/register-party.ts");
        const { keys: given } = await readClientKeys(file);
        if (given.length !== 1) throw new Error(`${file} has ${given.length} keys: name a file with one.`);
        const { expires: expiresAt } = options;
        return ca.call("POST", "/v1/party/keys", {
          jwk: publicPart(given[0] ?? {}),
          ...(expiresAt ? { expiresAt } : {}),
        });
      })(options),
    );
  asParty(keys, "expire <kid>", "set when a key ends")
    .requiredOption("--at <time>", "ISO 8601, or never", (text) => (text === "never" ? text : time(text)))
    .action((kid: string, options: PartyCredentials & { at: string }) =>
      shown(async (ca) =>
        ca.call("PATCH", await addressOf(ca, kid), { expiresAt: options.at === "never" ? null : options.at }),
      )(options),
    );
  asParty(keys, "remove <kid>", "remove a key; make the call with its successor").action(
    (kid: string, options: PartyCredentials) =>
      shown(async (ca) => ca.call("DELETE", await addressOf(ca, kid)))(options),
  );
}

function streamCommands(streams: Command): void {
  asParty(streams, "show", "show its settings and status").action(
    shown(async (ca) => {
      const stream = await ownStream(ca);
      return { ...stream, ...((await ca.call("GET", `/ssf/status?${query(named(stream))}`)) as object) };
    }),
  );
  asParty(streams, "test", "request a test event (verification)")
    .option("--state <text>", "a text that comes back in the event")
    .action(
      shown(async (ca, { state }: { state?: string }) => {
        const stream = named(await ownStream(ca));
        await ca.call("POST", "/ssf/verify", { ...stream, ...(state === undefined ? {} : { state }) });
        return { ...stream, sent: true };
      }),
    );
}

/** A command with the party's credentials. */
function asParty(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .addOption(
      new Option("--issuer <url>", "the CA's issuer, which ends with /openid")
        .env("KAZASU_PARTY_ISSUER")
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--client <id>", "your client's id").env("KAZASU_PARTY_CLIENT").makeOptionMandatory(),
    )
    .addOption(
      new Option("--key <file>", "your client's private key, a JWK, mode 0600")
        .env("KAZASU_PARTY_KEY")
        .makeOptionMandatory(),
    );
}

interface Paged {
  after?: string;
  limit: string;
}

const paged = (command: Command): Command =>
  command
    .option("--limit <rows>", "1 to 100", "50")
    .option("--after <next>", "`next` of the page before: continues there");

/** Calls the CA and prints the answer as JSON. */
const shown =
  <Options>(work: (ca: PartyCaller, options: Options) => Promise<unknown>) =>
  async (options: PartyCredentials & Options): Promise<void> => {
    const { connectParty } = await import("./party-caller.ts");
    print(await work(await connectParty(options), options));
  };

const print = (answer: unknown): void => console.log(JSON.stringify(answer, undefined, 2));

const query = (parameters: Record<string, string | undefined>): string =>
  new URLSearchParams(
    Object.entries(parameters).filter((each): each is [string, string] => each[1] !== undefined),
  ).toString();

/** A time with its zone, as UTC. */
function time(text: string): string {
  if (!/(?:Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError("Use ISO 8601 with the zone, for instance 2026-12-01T09:00:00+09:00.");
  return new Date(text).toISOString();
}

/** The members of a public key (RFC 7518 §6): nothing private of a file leaves this machine. */
const publicMembers = ["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"];
const publicPart = (jwk: object): object =>
  Object.fromEntries(Object.entries(jwk).filter(([member]) => publicMembers.includes(member)));

/** The address of a key, by its kid. */
async function addressOf(ca: PartyCaller, kid: string): Promise<string> {
  const { keys, published } = (await ca.call("GET", "/v1/party/keys")) as {
    keys: { kid: string; thumbprint: string }[];
    published?: string;
  };
  if (published !== undefined)
    throw new Error(
      `Your keys are published at ${published}: change them there; they are read again within a minute.`,
    );
  const found = keys.find((each) => each.kid === kid);
  if (!found) throw new Error(`Your client has no key ${kid}; "kazasu party keys list" shows them.`);
  return `/v1/party/keys/${found.thumbprint}`;
}

interface Range {
  state?: string[];
  from?: string;
  until?: string;
}

const replayOne = (ca: PartyCaller, jti: string) => ca.call("POST", "/v1/party/replays", { jti });

/** All pages of a time range. Its end is fixed first: what is delivered meanwhile is not replayed again. */
async function replayRange(
  ca: PartyCaller,
  { state = ["dead-lettered"], from, until }: Range,
): Promise<object> {
  if (from === undefined) throw new Error("Name one event by its jti, or a time range with --from.");
  const range = { states: state, from, until: until ?? new Date().toISOString() };
  const jtis: string[] = [];
  for (let more = true; more; ) {
    const after = jtis.at(-1);
    const page = (await ca.call("POST", "/v1/party/replays", { ...range, ...(after ? { after } : {}) })) as {
      jtis: string[];
      more: boolean;
    };
    jtis.push(...page.jtis);
    more = page.more;
  }
  return { replayed: jtis.length, jtis };
}

/** The party's stream. @throws Error in one sentence if there is none */
async function ownStream(ca: PartyCaller): Promise<{ stream_id: string }> {
  const [stream] = (await ca.call("GET", "/ssf/streams")) as { stream_id: string }[];
  if (!stream) throw new Error("Your party has no stream yet: create it with POST /ssf/streams.");
  return stream;
}

const named = ({ stream_id }: { stream_id: string }) => ({ stream_id });
