import { useEffect, useState } from "preact/hooks";

/** The current view of the console: `#/<view>/<name>?<filters>`. */
export interface Route {
  view: string;
  name: string;
  filters: URLSearchParams;
}

const read = (): Route => {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  return { view, name: safelyDecoded(rest.join("/")), filters: new URLSearchParams(query) };
};

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const moved = () => setRoute(read());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return route;
}

/** The address of a view, for a link. */
export function hrefOf(view: string, name = "", filters: Record<string, string> = {}): string {
  const query = new URLSearchParams(filters).toString();
  return `#/${view}${name === "" ? "" : `/${encodeURIComponent(name)}`}${query === "" ? "" : `?${query}`}`;
}

/** An incompletely typed address must not cause an error. */
function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
