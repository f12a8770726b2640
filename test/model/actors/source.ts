import type { Rules } from "../rules.ts";
import type { State } from "../state.ts";
import type { Can } from "../step.ts";

/** The source: records appear late or in time, edits replace versions, its clock ticks. */
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
  if (clock < world.lastClock && nothingIsOverdue(world.records, state)) {
    can("clock ticks", (next) => {
      next.source.clock++;
    });
  }
}

/** `late` is a bound: the clock waits for the records that may be no later. */
function nothingIsOverdue(records: Rules["world"]["records"], state: State): boolean {
  return records.every(({ ts, late }, record) => {
    const overwritten = records.some(({ replaces }, newer) => replaces === record && isVisible(state, newer));
    return ts + late > state.source.clock || isVisible(state, record) || overwritten;
  });
}

function isVisible(state: State, record: number): boolean {
  return ((state.source.visible >> record) & 1) === 1;
}
