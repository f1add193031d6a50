export const collectionFile: string;
export function writtenCollection(document: object): string;
