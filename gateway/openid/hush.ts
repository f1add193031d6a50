const { warn } = console;

/** The library says as it is imported that Node 20 is none of its own; it is one of ours, and tested here. */
const isAboutNode = (said: unknown): boolean =>
  /oidc-provider WARNING: Unsupported runtime/.test(String(said));
console.warn = (...said: unknown[]) => {
  if (!isAboutNode(said[0])) warn(...said);
};

/** Gives console.warn back. */
export const restore = (): void => {
  console.warn = warn;
};
