/** A browser with a cookie jar for each origin, which follows as many redirects as a test says. */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();
  csrf = "";
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    const headers = new Headers(init.headers);
    headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "" || /max-age=0/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Goes from the console to the provider, picks who it is, and comes back as far as the callback's answer. `meanwhile` is done before it goes. */
  async logIn(name: string, meanwhile: () => Promise<unknown> = async () => {}): Promise<Response> {
    let response = await this.fetch(`${this.#origin}/console/login`);
    await meanwhile();
    for (let steps = 0; steps < 10; steps += 1) {
      const to = new URL(response.headers.get("location")!, response.url);
      if (to.pathname.startsWith("/operators/")) to.searchParams.set("login_as", name);
      response = await this.fetch(to.href);
      if (to.pathname === "/console/callback") break;
    }
    const session = await this.fetch(`${this.#origin}/console/api/session`);
    if (session.ok) this.csrf = ((await session.json()) as { csrf: string }).csrf;
    return response;
  }

  async get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await this.fetch(`${this.#origin}/console/api${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async post(path: string, body: object, headers: Record<string, string> = {}) {
    const response = await this.fetch(`${this.#origin}/console/api${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: {
        "content-type": "application/json",
        origin: this.#origin,
        "x-kazasu-csrf": this.csrf,
        ...headers,
      },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
}
