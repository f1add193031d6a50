import * as z from "zod";

/** The end of a page of a list, returned unchanged. It contains only what the page has shown. */
export const cursor = z
  .string()
  .regex(/^[0-9]_[0-9]{1,17}_(?:[0-9]{1,18}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/);

/** In a request for another page; without it the first page is returned, as for apps that do not support pages. */
export const pageAsked = z.strictObject({
  /** `next` of the previous page; absent for the first. */
  after: cursor.optional(),
});
export type PageAsked = z.infer<typeof pageAsked>;
