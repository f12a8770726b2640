import type { Run } from "../../src/run/run.ts";

/** Whether a run leaves where its flow stands as it is. */
export function isApart({ range, redrive }: Pick<Run, "range" | "redrive">): boolean {
  return range !== undefined || redrive !== undefined;
}
