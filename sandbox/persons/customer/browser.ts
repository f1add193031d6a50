import { simulatorMs } from "../../devices/patience.ts";

/** A browser's result. `status` is 0 if another origin is next, which was not requested yet. */
export interface Loaded {
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

/** A simulated browser: follows redirects one at a time and stores cookies by origin, path and name. */
export class Browser {
  readonly #cookies = new Map<string, { origin: string; path: string; name: string; value: string }>();

  /** Loads an address, following redirects within its origin. */
  async open(address: string): Promise<Loaded> {
    let url = address;
    for (let hops = 0; hops < 10; hops++) {
      const response = await this.#fetch(url, {});
      const location = response.headers.get("location");
      if (location === null) return loaded(url, response);
      await response.body?.cancel();
      const next = new URL(location, url);
      if (next.origin !== new URL(url).origin)
        return { url: next.href, status: 0, headers: response.headers, text: "" };
      url = next.href;
    }
    throw new Error("Too many redirects.");
  }

  /** Sends JSON, as a page's script does. */
  async send(address: string, body: object): Promise<Loaded> {
    const headers = { "content-type": "application/json" };
    return loaded(
      address,
      await this.#fetch(address, { method: "POST", headers, body: JSON.stringify(body) }),
    );
  }

  async #fetch(url: string, init: { method?: string; headers?: object; body?: string }): Promise<Response> {
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...init.headers, cookie: this.#cookiesFor(url) },
      signal: AbortSignal.timeout(simulatorMs),
    });
    this.#keep(url, response.headers.getSetCookie());
    return response;
  }

  #cookiesFor(url: string): string {
    const { origin, pathname } = new URL(url);
    return [...this.#cookies.values()]
      .filter(
        (cookie) =>
          cookie.origin === origin &&
          (pathname === cookie.path || pathname.startsWith(cookie.path.replace(/\/?$/, "/"))),
      )
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }

  #keep(url: string, set: string[]): void {
    for (const line of set) {
      const [pair = "", ...attributes] = line.split(/; */);
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? "/";
      const key = `${new URL(url).origin} ${path} ${name}`;
      if (value === "") this.#cookies.delete(key);
      else this.#cookies.set(key, { origin: new URL(url).origin, path, name, value });
    }
  }
}

const loaded = async (url: string, response: Response): Promise<Loaded> => ({
  url,
  status: response.status,
  headers: response.headers,
  text: await response.text(),
});
