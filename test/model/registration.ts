import type { Rules } from "./rules.ts";
import { END, NONE } from "./state.ts";
import type { Attempt, Run, Segment } from "./state.ts";

/** The attempt that won the segment: whose account of it counts. */
export function registeredOf(segment: Segment): Attempt | undefined {
  return segment.registered === NONE ? undefined : segment.attempts[segment.registered];
}

/** All records of the run's registered segments. */
export function contentOf(run: Run): number {
  let content = 0;
  for (const slice of run.slices) for (const segment of slice) content |= registeredOf(segment)?.records ?? 0;
  return content;
}

/** Where a slice's chain of registered segments goes on; undefined when the slice is read to its END. */
export function openEnd(slice: readonly Segment[]): OpenEnd | undefined {
  let cursor = 0;
  for (const segment of slice) {
    const registered = registeredOf(segment);
    if (registered === undefined) return { segment, cursor };
    if (registered.next === END) return undefined;
    cursor = registered.next;
  }
  return undefined;
}

interface OpenEnd {
  readonly segment: Segment;
  readonly cursor: number;
}

/** The attempt whose `data` and `error` stand for this attempt's uploads: itself, unless attempts share them. */
export function holderOf(rules: Rules, segment: Segment, attempt: number): Attempt {
  return segment.attempts[rules.sharesUploads ? 0 : attempt]!;
}

/** These uploads are those of the registered attempt. */
export function isRegistered(rules: Rules, segment: Segment, holder: Attempt): boolean {
  if (rules.sharesUploads) return holder.attempt === 0 && segment.registered !== NONE;
  return segment.registered === holder.attempt;
}

/** The records whose bytes the uploads hold. */
export function heldBy(rules: Rules, segment: Segment, holder: Attempt): number {
  return rules.sharesUploads ? segment.parts : holder.records;
}
