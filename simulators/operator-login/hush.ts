const { console: output } = globalThis;
const warn = output.warn.bind(output);

/** On import the library warns that it does not support Node 20; we support and test it. */
const isAboutNode = (said: unknown): boolean =>
  /oidc-provider WARNING: Unsupported runtime/.test(String(said));
output.warn = (...said: unknown[]) => {
  if (!isAboutNode(said[0])) warn(...said);
};

/** Restores console.warn. */
export const restore = (): void => {
  output.warn = warn;
};
