import type { Run } from "./run.ts";

/** Where runs are kept. Reads see every earlier write. */
export interface RunStore {
  /** False when a run of that flow and id exists, or while another run of the flow has not ended. */
  create(run: Run): Promise<boolean>;
  get(flow: string, id: string): Promise<Run | undefined>;
  /** Replaces a run whose stored version is one less than the given one's; false when it is another or gone. */
  update(run: Run): Promise<boolean>;
  /** Up to `limit` runs of the flow, newest first (by start, then id), those after the given run only. */
  list(
    flow: string,
    limit: number,
    after?: { readonly startedAt: number; readonly id: string },
  ): Promise<readonly Run[]>;
  /** Runs of any flow that have not ended, oldest first. */
  unfinished(): Promise<readonly Run[]>;
  /** Forgets every run of the flow. */
  deleteAll(flow: string): Promise<void>;
}
