/** The inputs of `card verify`: file paths, and a time. */
export interface CardQuestion {
  cms: string;
  content?: string;
  anchor?: string[];
  crl?: string;
  at?: string;
}

/** A file or time that prevents the verification. */
export class QuestionError extends Error {}
