import type { Weakening } from "./weakenings.ts";
import { HARMLESS, WEAKENINGS } from "./weakenings.ts";
import type { World } from "./world.ts";

/** What every step looks at besides the state: the world, and which promises are left out. */
export interface Rules {
  readonly world: World;
  readonly without: Readonly<Record<Weakening, boolean>>;
  readonly lag: number;
  readonly lookback: number;
  /** The records that a task fails on, and the others: masks. */
  readonly bad: number;
  readonly good: number;
  /** Per slice, its records in the order of its key (ts, id). */
  readonly keyOrder: readonly (readonly number[])[];
  /** Attempts at a segment share one upload. */
  readonly sharesUploads: boolean;
}

/** The protocol as designed; or weaker, without what `weakenings` name. */
export function rulesOf(world: World, weakenings: readonly Weakening[] = []): Rules {
  if (world.records.length > 8) throw new RangeError("a world has at most 8 records");
  const names = Object.keys({ ...WEAKENINGS, ...HARMLESS }) as Weakening[];
  const without = Object.fromEntries(names.map((name) => [name, weakenings.includes(name)])) as Rules["without"];
  const bad = world.records.reduce((mask, { bad }, record) => (bad ? mask | (1 << record) : mask), 0);
  return {
    world,
    without,
    lag: without.noLag ? 0 : world.lag,
    lookback: without.noLookback ? 0 : world.lookback,
    bad,
    good: ((1 << world.records.length) - 1) & ~bad,
    keyOrder: Array.from({ length: world.slices }, (_, slice) => keyOrder(world, slice)),
    sharesUploads: without.sharedUpload || without.sharedUploadPinned,
  };
}

function keyOrder({ records }: World, slice: number): readonly number[] {
  const own = records.map((_, record) => record).filter((record) => records[record]!.slice === slice);
  return own.sort((one, other) => records[one]!.ts - records[other]!.ts || one - other);
}
