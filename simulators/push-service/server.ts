import { join } from "node:path";
import { DurableFile, readJson } from "../durable-file.ts";
import { type ListenOptions, listen, makeServer } from "../http.ts";
import { type KeptMailboxes, Mailboxes } from "./mailboxes.ts";
import { phoneRoutes } from "./phones.ts";
import { senderRoutes } from "./senders.ts";
import type { PushService } from "./service.ts";

export interface PushServiceOptions extends ListenOptions {
  /** Folder of the mailboxes. Default: in memory. */
  directory?: string | undefined;
}

/** The largest message that a push service must accept (RFC 8030 §7.2), and the limit of this one. */
const largestMessage = 4_096;

/** Starts a push service (RFC 8030) for simulated phones, which subscribe here and read their mailboxes here. */
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
