/** What `card verify` is asked: paths of files, and a time. */
export interface CardQuestion {
  cms: string;
  content?: string;
  anchor?: string[];
  crl?: string;
  at?: string;
}

/** A file or time that keeps the question from being asked. */
export class QuestionError extends Error {}
