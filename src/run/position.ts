import type { StowedBytes } from "../store/stowed-bytes.ts";

/** Where a flow stands between its runs: FLOW of src/run/SPEC.md. A plain JSON value. */
export interface Position {
  readonly flow: string;
  /** Which flow of that name it belongs to; absent after that was deleted. That of another counts as none, but for `lastTick`. */
  readonly flowId?: string;
  /** The run that holds the flow: from its claim to its end there is no other. */
  readonly active?: string;
  /** The latest scheduled time for which a run was claimed, in milliseconds since 1970. */
  readonly lastTick?: number;
  /** Where the next incremental window begins, in milliseconds since 1970 by the source's clock. It never falls. */
  readonly watermark?: number;
  /** Stands for what was read up to there: where a flow reads something else, it begins anew. */
  readonly origin?: string;
  /** The versions that were delivered with a time that the next window reaches back over. */
  readonly delivered?: StowedBytes;
  /** How many runs have moved the watermark; absent before the first one. */
  readonly moves?: number;
  /** When the flow of the last run that was claimed had been activated; absent for a flow that never was. */
  readonly activatedAt?: number;
  /** How many runs have failed one after the other since that activation. */
  readonly failures: number;
  /** Counts the writes of this item; a write that expects another number is refused. */
  readonly version: number;
}
