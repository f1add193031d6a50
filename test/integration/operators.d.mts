export function makeOperators(directory: string): Promise<string>;
