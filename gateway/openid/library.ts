import { restore } from "./hush.ts";

export { ExternalSigningKey, errors, interactionPolicy, Provider } from "oidc-provider";

restore();
