export function answerLines(acts: Record<string, (asked: never) => Promise<unknown>>): Promise<void>;
