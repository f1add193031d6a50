/** Replaces verify-signature.ts outside Node, by the package's exports (`browser`, `react-native`, `default`). */
export { verifyWithWebCrypto as verifySignature } from "./web-signature.ts";
