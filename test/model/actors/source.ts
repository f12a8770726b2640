import type { Rules } from "../rules.ts";
import type { State } from "../state.ts";
import type { Can } from "../step.ts";

/** The source: records appear late or in time, edits replace versions, deletions take them away, its clock ticks. */
export function sourceSteps({ world }: Rules, state: State, can: Can): void {
  const { clock } = state.source;
  world.records.forEach(({ ts, late }, record) => {
    if (isVisible(state, record) || clock < ts || clock > ts + late) return;
    can("record appears", (next) => {
      next.source.visible |= 1 << record;
    });
  });
  world.records.forEach(({ replaces }, record) => {
    if (replaces === undefined || !isVisible(state, record) || !isVisible(state, replaces)) return;
    can("version overwritten", (next) => {
      next.source.visible &= ~(1 << replaces);
    });
  });
  world.records.forEach(({ vanishes }, record) => {
    if (!vanishes || !isVisible(state, record)) return;
    can("version overwritten", (next) => {
      next.source.visible &= ~(1 << record);
    });
  });
  if (clock < world.lastClock && nothingIsOverdue(world.records, state)) {
    can("clock ticks", (next) => {
      next.source.clock++;
    });
  }
}

/** `late` is a bound: the clock waits for the records that may be no later. */
function nothingIsOverdue(records: Rules["world"]["records"], state: State): boolean {
  return records.every(({ ts, late, vanishes }, record) => {
    const isDue = ts + late <= state.source.clock;
    return !isDue || vanishes || isVisible(state, record) || isOverwritten(records, state, record);
  });
}

function isOverwritten(records: Rules["world"]["records"], state: State, record: number): boolean {
  const newer = records.findIndex(({ replaces }) => replaces === record);
  return newer !== -1 && (isVisible(state, newer) || isOverwritten(records, state, newer));
}

function isVisible(state: State, record: number): boolean {
  return ((state.source.visible >> record) & 1) === 1;
}
