import { restore } from "./hush.ts";

export { errors, ExternalSigningKey, interactionPolicy, Provider } from "oidc-provider";

restore();
