/** A browser of a test: follows redirects one at a time and keeps cookies by host, path and name. */
export class Browser {
  readonly #cookies = new Map<string, { origin: string; path: string; name: string; value: string }>();

  /** Loads an address, following redirects while they stay at its origin. */
  async open(address: string): Promise<{ url: string; status: number; headers: Headers; text: string }> {
    let url = address;
    for (let hops = 0; hops < 10; hops++) {
      const response = await fetch(url, { redirect: "manual", headers: { cookie: this.#cookiesFor(url) } });
      this.#keep(url, response.headers.getSetCookie());
      const location = response.headers.get("location");
      if (location === null)
        return { url, status: response.status, headers: response.headers, text: await response.text() };
      await response.body?.cancel();
      const next = new URL(location, url);
      if (next.origin !== new URL(url).origin)
        return { url: next.href, status: 0, headers: response.headers, text: "" };
      url = next.href;
    }
    throw new Error("More redirects than any page of ours has.");
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
