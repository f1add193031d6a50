/** The parts of a browser that a login needs: redirects within one origin, cookies by name. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  /** The last page that was read. */
  text = "";

  /** Returns where it ended: a page of this origin, whose text is kept, or an address of another. */
  async open(address: string): Promise<string> {
    let url = address;
    for (;;) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(url, { redirect: "manual", headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        this.#cookies.set(name, value);
      }
      this.text = await response.text();
      const location = response.headers.get("location");
      if (location === null) return url;
      const next = new URL(location, url);
      if (next.origin !== new URL(url).origin) return next.href;
      url = next.href;
    }
  }
}
