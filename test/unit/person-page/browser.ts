/** A page as a browser has it. */
export interface Shown {
  status: number;
  text: string;
  headers: Headers;
  url: string;
}

const unescape = (html = "") => html.replaceAll("&amp;", "&");

/** What a browser shows while it waits for the card. */
export function tapOf({ text }: Pick<Shown, "text">): { here: string; elsewhere: string; number: number } {
  const here = unescape(/class="open" href="([^"]+)"/.exec(text)?.[1]);
  const elsewhere = unescape(/data-link="([^"]+)"/.exec(text)?.[1]);
  return { here, elsewhere, number: Number(/id="number">(\d\d)</.exec(text)?.[1]) };
}

/** A browser without scripts: follows redirects, keeps cookies, sends forms as it finds them. */
export class PageBrowser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  shown: Shown | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  open(address = "/", headers: Record<string, string> = {}): Promise<Shown> {
    return this.#go(new URL(address, this.#origin).href, { headers });
  }

  /** Sends a form of the page shown last, or one with nothing in it; `more` is typed into it. */
  press(
    action: string,
    more: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Shown> {
    const body = new URLSearchParams({ ...this.#fieldsOf(action, more), ...more }).toString();
    const sent = { "content-type": "application/x-www-form-urlencoded", origin: this.#origin, ...headers };
    return this.#go(`${this.#origin}${action}`, { method: "POST", headers: sent, body });
  }

  /** The hidden fields of the first form with this action that has what `more` names. */
  #fieldsOf(action: string, more: Record<string, string>): Record<string, string> {
    const forms = (this.shown?.text ?? "")
      .split("<form ")
      .slice(1)
      .filter((form) => form.includes(`action="${action}"`));
    const form =
      forms.find((each) => Object.values(more).every((value) => each.includes(value))) ?? forms[0] ?? "";
    const fields = [...form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)];
    return Object.fromEntries(fields.map(([, name, value]) => [name!, value!]));
  }

  async #go(address: string, init: RequestInit): Promise<Shown> {
    let [url, how] = [address, init];
    for (;;) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const headers = { "accept-language": "en", ...(how.headers as object), cookie };
      const response = await fetch(url, { ...how, headers, redirect: "manual" });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") this.#cookies.delete(name);
        else this.#cookies.set(name, value);
      }
      const location = response.headers.get("location");
      if (location === null) {
        const { status } = response;
        this.shown = { status, headers: response.headers, text: await response.text(), url };
        return this.shown;
      }
      await response.body?.cancel();
      [url, how] = [new URL(location, url).href, {}];
    }
  }
}
