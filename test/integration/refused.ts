/** What an attempt was refused with: the code of a problem, or the error of the token endpoint. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "nothing was refused",
    (failed: { code?: string; error?: string }) => failed.error ?? failed.code ?? JSON.stringify(failed),
  );
}
