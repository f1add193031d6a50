/** A browser of a test is the one that plays a customer's in the sandbox. */
export { Browser } from "../../sandbox/persons/customer/browser.ts";
