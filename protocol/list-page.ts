import * as z from "zod";

/** Where a page of a list has ended, given back as it came. It names nothing but what the page has shown. */
export const cursor = z
  .string()
  .regex(/^[0-9]_[0-9]{1,17}_(?:[0-9]{1,18}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/);

/** In the question of who reads on; without it the first page comes, as it came to apps that know no pages. */
export const pageAsked = z.strictObject({
  /** `next` of the page before; absent for the first. */
  after: cursor.optional(),
});
export type PageAsked = z.infer<typeof pageAsked>;
