const { console: output } = globalThis;
const warn = output.warn.bind(output);

/** The library says as it is imported that Node 20 is none of its own; it is one of ours, and tested here. */
const isAboutNode = (said: unknown): boolean =>
  /oidc-provider WARNING: Unsupported runtime/.test(String(said));
output.warn = (...said: unknown[]) => {
  if (!isAboutNode(said[0])) warn(...said);
};

/** Gives console.warn back. */
export const restore = (): void => {
  output.warn = warn;
};
