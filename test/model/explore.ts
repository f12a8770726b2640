import { describeChange } from "./describe.ts";
import { INVARIANTS, brokenBy, brokenByStep } from "./invariants.ts";
import { forEachStep } from "./model.ts";
import { packingOf } from "./packing.ts";
import type { Packing } from "./packing.ts";
import { brokenByRecovery } from "./recovery.ts";
import type { Rules } from "./rules.ts";
import { StateSet } from "./state-set.ts";
import { initialState } from "./state.ts";
import type { State, Stored } from "./state.ts";
import type { StepName } from "./step.ts";

export interface Search {
  /** Only the invariants that an outsider would notice; steps are not looked at. */
  readonly noticedOnly?: boolean;
  /** Whether to kill all and recover from each state; by default, yes. */
  readonly recovery?: boolean;
  /** Situations to look out for, by name. */
  readonly watch?: Readonly<Record<string, (stored: Stored) => boolean>>;
  /** Ends the search when all that is watched for was seen. */
  readonly untilSeen?: boolean;
  readonly progress?: (found: { readonly states: number; readonly depth: number }) => void;
}

export interface Explored {
  readonly states: number;
  readonly transitions: number;
  /** The most steps that any state needs. */
  readonly depth: number;
  /** All states were seen. */
  readonly complete: boolean;
  /** The steps that are ever taken, and the situations that are ever met. */
  readonly taken: ReadonlySet<StepName>;
  readonly seen: ReadonlySet<string>;
  readonly bytes: number;
  readonly found?: Finding;
}

export interface Finding {
  /** The invariant, and how it is broken. */
  readonly what: string;
  /** A shortest way to it from the initial state. */
  readonly trace: readonly string[];
}

/** Visits every reachable state once, nearest first, until something is wrong. */
export function explore(rules: Rules, search: Search = {}): Explored {
  const { recovery = true, untilSeen = false } = search;
  const invariants = search.noticedOnly ? INVARIANTS.filter(({ isNoticed }) => isNoticed) : INVARIANTS;
  const watched = Object.entries(search.watch ?? {});
  const packing = packingOf(rules);
  const [known, judged] = [new StateSet(packing.words), new StateSet(packing.storedWords)];
  const [taken, seen] = [new Set<StepName>(), new Set<string>()];
  const [state, next, row] = [initialState(rules.world), initialState(rules.world), new Int32Array(packing.words)];
  let [transitions, depth, levelEnd] = [0, 0, 1];
  let found: Finding | undefined;

  /** Invariants and recovery are about what is stored: of the states that differ in their processes alone, one will do. */
  const judge = (): string | undefined => {
    if (judged.add(row, 0) < 0) return undefined;
    for (const [name, isMet] of watched) if (!seen.has(name) && isMet(next)) seen.add(name);
    return brokenBy(rules, next, invariants) ?? (recovery ? brokenByRecovery(rules, next, invariants) : undefined);
  };
  const isOver = () => found !== undefined || (untilSeen && watched.every(([name]) => seen.has(name)));

  packing.pack(next, row);
  known.add(row, -1);
  const wrong = judge();
  if (wrong !== undefined) found = { what: wrong, trace: [] };
  let number = 0;
  for (; number < known.size && !isOver(); number++) {
    if (number === levelEnd) {
      depth++;
      levelEnd = known.size;
      search.progress?.({ states: known.size, depth });
    }
    const [chunk, from] = [known.chunkOf(number), known.indexOf(number)];
    packing.unpack(chunk, from, state);
    forEachStep(rules, state, (name, change) => {
      if (found !== undefined) return;
      transitions++;
      taken.add(name);
      packing.unpack(chunk, from, next);
      change(next);
      packing.pack(next, row);
      let what = search.noticedOnly ? undefined : brokenByStep(state, next);
      if (known.add(row, number) >= 0) what ??= judge();
      if (what !== undefined) found = { what, trace: traceOf(rules, known, number, row) };
    });
  }
  const complete = found === undefined && number === known.size;
  const bytes = known.bytes + judged.bytes;
  return { states: known.size, transitions, depth, complete, taken, seen, bytes, ...(found && { found }) };
}

/** Takes again the steps that first led to state `last`, and the one from there to `end`. */
function traceOf(rules: Rules, known: StateSet, last: number, end: Int32Array): readonly string[] {
  const packing = packingOf(rules);
  const rows = [end.slice()];
  for (let number = last; number >= 0; number = known.foundFrom(number)) {
    const from = known.indexOf(number);
    rows.unshift(known.chunkOf(number).slice(from, from + packing.words));
  }
  return rows.slice(1).map((row, i) => {
    const before = initialState(rules.world);
    packing.unpack(rows[i]!, 0, before);
    return describeStep(rules, packing, before, row);
  });
}

function describeStep(rules: Rules, packing: Packing, before: State, wanted: Int32Array): string {
  const row = new Int32Array(packing.words);
  let line = "";
  forEachStep(rules, before, (name, change) => {
    const after = structuredClone(before);
    change(after);
    packing.pack(after, row);
    if (line === "" && row.every((word, at) => word === wanted[at])) line = describeChange(name, before, after);
  });
  return line;
}
