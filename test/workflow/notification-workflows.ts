export { transmission } from "../../workflows/notification/transmission.ts";
export { notification } from "../../workflows/notification/workflow.ts";
