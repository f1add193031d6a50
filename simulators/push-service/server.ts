import { join } from "node:path";
import { DurableFile, readJson } from "../durable-file.ts";
import { type ListenOptions, listen, makeServer } from "../http.ts";
import { type KeptMailboxes, Mailboxes } from "./mailboxes.ts";
import { phoneRoutes } from "./phones.ts";
import { senderRoutes } from "./senders.ts";
import type { PushService } from "./service.ts";

export interface PushServiceOptions extends ListenOptions {
  /** Where mailboxes are kept. In memory when absent. */
  directory?: string | undefined;
}

/** The largest message a push service has to take (RFC 8030 §7.2), and the largest this one takes. */
const largestMessage = 4_096;

/** Starts a push service (RFC 8030) for phones that are programs: they subscribe here and read their mailboxes here. */
export async function startPushService(
  options: PushServiceOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const path = options.directory === undefined ? undefined : join(options.directory, "mailboxes.json");
  const mailboxes = new Mailboxes(path === undefined ? {} : await readJson<KeptMailboxes>(path));
  const file = path === undefined ? undefined : new DurableFile(path, mailboxes.snapshot);
  const closing = new AbortController();
  const server = makeServer(largestMessage);
  let url = "";
  const service: PushService = {
    mailboxes,
    url: () => url,
    save: async () => file?.save(),
    closing: closing.signal,
  };
  phoneRoutes(server, service);
  senderRoutes(server, service);
  url = await listen(server, options);
  return {
    url,
    async close() {
      closing.abort();
      await server.close();
      await service.save();
    },
  };
}
