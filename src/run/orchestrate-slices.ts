import type { Durable } from "./durable.ts";
import type { RunName } from "./run-steps.ts";
import type { WorkedSlice } from "./work-slice.ts";

/** Some of a run's slices: from the one with that number up to and without the other. */
export interface SliceRange extends RunName {
  readonly from: number;
  readonly to: number;
}

/**
 * `end`: every slice is read to its end; `over`: the run is not to be read on; `open`: this execution may do no more, and
 * another is to go on; `error`: what slices failed with again and again.
 */
export type WorkedRange = "end" | "over" | "open" | { readonly error: string };

/**
 * Lambda ends a durable execution that has 3,000 operations: this many are the slices', and the rest is for whatever else
 * an execution does (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
 */
const MOST_OPERATIONS = 2900;

/** Slices that an execution works on itself: for each there are operations enough to fail as often as it may. */
const MOST_SLICES = 250;

/** Executions that an execution divides more slices among. */
const MOST_RANGES = 500;

/** How often in a row the work on a slice may fail before its execution goes on without it. */
const MOST_FAILURES = 6;
const FIRST_PAUSE_S = 1;
const LONGEST_PAUSE_S = 60;

/** An error is remembered for people, and there may be one for each slice. */
const ERROR_CHARACTERS = 300;
const ERRORS_TOLD = 5;

/**
 * Works on slices of a planned run, up to `width` of them at once. Once one cannot be read, no other is begun. Whatever
 * else fails is tried again, with growing pauses, while the others go on.
 */
export async function orchestrateSlices(range: SliceRange, durable: Durable, width: number): Promise<WorkedRange> {
  const isLarge = range.to - range.from > MOST_SLICES;
  const worked = isLarge ? await mapRanges(range, durable) : await mapSlices(range, durable, width);
  if (worked.includes("over")) return "over";
  const errors = worked.flatMap((outcome) => (typeof outcome === "string" ? [] : outcome.error));
  if (errors.length > 0) return inShort(tellOf(errors));
  return worked.includes("open") ? "open" : "end";
}

const isLast = (worked: WorkedRange) => worked === "over";

function mapSlices(
  { flow, runId, from, to }: SliceRange,
  durable: Durable,
  width: number,
): Promise<readonly WorkedRange[]> {
  const slices = Array.from({ length: to - from }, (_, i) => from + i);
  // What a slice may use does not depend on what others have used: it is the same when the execution is begun again.
  const operations = Math.floor(MOST_OPERATIONS / Math.max(1, slices.length));
  return durable.map("slices", slices, {
    width,
    work: (slice, inner) => transferSlice({ flow, runId, slice }, inner, operations),
    isLast,
  });
}

/** Hands the slice on from call to call, because no call may last long. */
async function transferSlice(slice: SliceName, durable: Durable, operations: number): Promise<WorkedRange> {
  const name = `slice ${slice.slice}`;
  let failures = 0;
  for (let left = operations; left > 0; left--) {
    const called = await durable.call(name, "transfer", { ...slice });
    if ("answer" in called) {
      const worked = called.answer as WorkedSlice;
      if (worked !== "stopped") return worked === "end" ? "end" : "over";
      failures = 0;
      continue;
    }
    // A pause is an operation, too. What fails is never handed on: without a pause, that would have no end.
    if (++failures === MOST_FAILURES || --left < 2) return inShort(`${name}: ${called.error}`);
    await durable.pause(name, Math.min(FIRST_PAUSE_S * 2 ** (failures - 1), LONGEST_PAUSE_S));
  }
  return "open";
}

export interface SliceName extends RunName {
  /** Its place in the plan, from 0. */
  readonly slice: number;
}

/** Each range is an execution of its own, which may divide it further. One after the other, or the width would not hold. */
function mapRanges(range: SliceRange, durable: Durable): Promise<readonly WorkedRange[]> {
  return durable.map("ranges", divide(range), {
    width: 1,
    work: (part, inner) => callRange(part, inner),
    isLast,
  });
}

/** Has an execution of its own work on the range. */
export async function callRange(range: SliceRange, durable: Durable): Promise<WorkedRange> {
  const name = `slices from ${range.from}`;
  const called = await durable.call(name, "orchestrate", { ...range });
  return "answer" in called ? (called.answer as WorkedRange) : inShort(`${name}: ${called.error}`);
}

function divide({ flow, runId, from, to }: SliceRange): { flow: string; runId: string; from: number; to: number }[] {
  const size = Math.max(MOST_SLICES, Math.ceil((to - from) / MOST_RANGES));
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, i) => {
    const first = from + i * size;
    return { flow, runId, from: first, to: Math.min(first + size, to) };
  });
}

function tellOf(errors: readonly string[]): string {
  const told = errors.slice(0, ERRORS_TOLD).join("; ");
  return errors.length > ERRORS_TOLD ? `${errors.length} failures, for example ${told}` : told;
}

function inShort(error: string): { readonly error: string } {
  return { error: error.length > ERROR_CHARACTERS ? `${error.slice(0, ERROR_CHARACTERS)} …` : error };
}
