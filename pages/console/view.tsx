import { useWords } from "../frame/language.tsx";
import { Audit } from "./audit.tsx";
import { Certificate } from "./certificate.tsx";
import { ChangeDetection } from "./change-detection.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Health } from "./health.tsx";
import { Lifecycles } from "./lifecycles.tsx";
import { Operations } from "./operations.tsx";
import { Overview } from "./overview.tsx";
import { Person } from "./person.tsx";
import type { Route } from "./route.ts";
import { Search } from "./search.tsx";

/** The view at an address of the console. */
export function View({ route: { view, name, filters } }: { route: Route }) {
  const say = useWords();
  switch (view) {
    case "":
      return <Overview />;
    case "lifecycles":
      return <Lifecycles kind={name} filters={filters} />;
    case "person":
      return <Person id={name} />;
    case "certificate":
      return <Certificate serial={name} />;
    case "search":
      return <Search asked={name} />;
    case "deliveries":
      return <Deliveries />;
    case "change-detection":
      return <ChangeDetection />;
    case "health":
      return <Health />;
    case "operations":
      return <Operations />;
    case "audit":
      return <Audit />;
    default:
      return <p>{say({ ja: "この画面はありません。", en: "There is no such view." })}</p>;
  }
}
