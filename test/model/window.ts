import { contentOf } from "./registration.ts";
import type { Rules } from "./rules.ts";
import type { Flow, Run, State } from "./state.ts";
import type { World } from "./world.ts";

/** The source gives the visible records of (LO − lookback, HI], and those already delivered are left out. */
export function isWanted(rules: Rules, state: State, run: Run, record: number): boolean {
  const { ts } = rules.world.records[record]!;
  if (((state.source.visible >> record) & 1) === 0) return false;
  if (ts <= Math.max(0, run.LO - rules.lookback) || ts > run.HI) return false;
  return rules.without.noDedupe || ((run.seen0 >> record) & 1) === 0;
}

/** HI = source clock − lag; behind the watermark, the window is empty, not negative. */
export function windowEnd(rules: Rules, state: State): number {
  return Math.max(state.flow.W, state.source.clock - rules.lag);
}

/** FLOW's half of step 6: W → HI; the delivered records are taken from committed content, not from the source. */
export function moveWatermark(rules: Rules, flow: Flow, run: Run): void {
  const delivered = rules.without.seenFromWindow ? ~recordsAfter(rules.world, run.HI) : contentOf(run) | flow.seen;
  flow.W = run.HI;
  flow.seen = delivered & recordsAfter(rules.world, run.HI - rules.lookback);
  run.moved = true;
}

/** The records with a later timestamp. */
export function recordsAfter({ records }: World, ts: number): number {
  let mask = 0;
  for (let record = 0; record < records.length; record++) if (records[record]!.ts > ts) mask |= 1 << record;
  return mask;
}
