import { restore } from "./hush.ts";

export { type Adapter, type AdapterPayload, Provider } from "oidc-provider";

restore();
