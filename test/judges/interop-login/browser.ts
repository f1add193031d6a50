import { request } from "node:http";

/** What a browser ended at, after its redirects. */
export interface Page {
  url: string;
  status: number;
  text: string;
}

const mostHops = 20;

interface Answer {
  status: number;
  location: string | undefined;
  cookies: string[];
  text: string;
}

/**
 * A browser that follows redirects from one server of this machine to another. Cookies are stored by host, path and name, and are
 * sent to every port of the host (RFC 6265 §8.5). It sends no `sec-fetch-mode: cors`, as `fetch` does: mod_auth_openidc logs
 * nobody in on a script's request.
 */
export class JourneyBrowser {
  readonly #cookies = new Map<string, { host: string; path: string; pair: string }>();

  /** @param rewrite changes an address before it is opened, as an attacker on the way would */
  async open(address: string, rewrite: (url: URL) => void = () => {}): Promise<Page> {
    let url = address;
    for (let hops = 0; hops < mostHops; hops++) {
      const { status, location, cookies, text } = await this.#get(url);
      this.#keep(url, cookies);
      if (location === undefined) return { url, status, text };
      const next = new URL(location, url);
      rewrite(next);
      url = next.href;
    }
    throw new Error(`${address} redirects without an end; the last time to ${new URL(url).pathname}.`);
  }

  #get(url: string): Promise<Answer> {
    const headers = {
      accept: "text/html,application/xhtml+xml,*/*;q=0.8",
      "user-agent": "journey",
      ...this.#cookieHeader(url),
    };
    return new Promise((resolve, reject) => {
      const sent = request(url, { headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("error", reject);
        response.once("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, location: headers.location, cookies: headers["set-cookie"] ?? [], text });
        });
      });
      sent.once("error", reject);
      sent.end();
    });
  }

  #cookieHeader(url: string): { cookie?: string } {
    const { hostname, pathname } = new URL(url);
    const pairs = [...this.#cookies.values()]
      .filter(({ host, path }) => host === hostname && `${pathname}/`.startsWith(path.replace(/\/?$/, "/")))
      .map(({ pair }) => pair);
    return pairs.length === 0 ? {} : { cookie: pairs.join("; ") };
  }

  #keep(url: string, lines: string[]): void {
    const { hostname: host, pathname } = new URL(url);
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(/; */);
      const given = attributes.find((each) => /^path=\//i.test(each))?.slice("path=".length);
      const path = given ?? pathname.replace(/\/[^/]*$/, "/");
      const key = `${host} ${path} ${pair.split("=", 1)[0]}`;
      const isOver =
        /^[^=]+=$/.test(pair) || attributes.some((each) => /^max-age=0$|^expires=.* 1970 /i.test(each));
      if (isOver) this.#cookies.delete(key);
      else this.#cookies.set(key, { host, path, pair });
    }
  }
}
