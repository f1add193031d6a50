export { changeDetection } from "../../workflows/change-detection/daily-run.ts";
export { refresh } from "../../workflows/change-detection/refresh.ts";
