/** What verify-signature.ts is where there is no Node: the package's exports choose (`browser`, `react-native`, `default`). */
export { verifyWithWebCrypto as verifySignature } from "./web-signature.ts";
