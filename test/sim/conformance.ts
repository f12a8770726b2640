import { describeChange } from "../model/describe.ts";
import { INVARIANTS, brokenBy, brokenByStep } from "../model/invariants.ts";
import { forEachStep } from "../model/model.ts";
import { packingOf } from "../model/packing.ts";
import type { Packing } from "../model/packing.ts";
import { brokenByRecovery } from "../model/recovery.ts";
import type { Rules } from "../model/rules.ts";
import * as at from "../model/state.ts";
import type { Attempt, Run, State } from "../model/state.ts";
import type { StepName } from "../model/step.ts";
import { Abstraction, BeyondTheModel, cursorOf, rulesFor, steady } from "./abstraction.ts";
import type { World } from "./world.ts";

/**
 * Follows a simulation with the model: whatever changes what is stored must be a step of the model, and what is stored
 * then must keep its promises. Asked after every effect and every event; answers what is wrong.
 */
export class Conformance {
  /** Effects that changed what is stored, and were looked at. */
  steps = 0;
  /** The simulation has left what the model can tell; from there on nobody follows. */
  isBeyond = false;
  readonly #rules: Rules;
  readonly #packing: Packing;
  readonly #abstraction: Abstraction;
  #state: State;
  #row: Int32Array;
  readonly #scratch: State;
  readonly #other: State;

  constructor(world: World) {
    this.#rules = rulesFor(world.scenario);
    this.#packing = packingOf(this.#rules);
    this.#abstraction = new Abstraction(world, this.#rules);
    const { world: small } = this.#rules;
    [this.#state, this.#scratch, this.#other] = [
      at.initialState(small),
      at.initialState(small),
      at.initialState(small),
    ];
    steady(this.#state);
    this.#row = this.#rowOf(this.#state);
  }

  look(): string | undefined {
    if (this.isBeyond) return undefined;
    try {
      return this.#look();
    } catch (error) {
      if (!(error instanceof BeyondTheModel)) throw error;
      this.isBeyond = true;
      return undefined;
    }
  }

  #look(): string | undefined {
    const [before, after] = [this.#state, this.#abstraction.state()];
    const row = this.#rowOf(after);
    if (isSameStored(row, this.#row, this.#packing)) return undefined;
    this.steps++;
    if (this.#abstraction.wrong !== undefined) return this.#abstraction.wrong;
    const change = changeBetween(this.#rules, before, after);
    const isStep = change !== undefined && this.#leadsTo(change, after, row);
    this.#state = after;
    this.#row = row;
    if (!isStep) return `no step of the model does this: ${describeChange("pick segment", before, after).slice(26)}`;
    const wrong = brokenByStep(before, after) ?? brokenBy(this.#rules, after, INVARIANTS);
    if (wrong !== undefined) return wrong;
    this.#packing.unpack(row, 0, this.#scratch);
    return brokenByRecovery(this.#rules, this.#scratch, INVARIANTS);
  }

  /** Whether steps of the model lead from what was stored to what is; the processes' heads may be anything then. */
  #leadsTo({ names, worker, coordinator, read }: Change, wanted: State, wantedRow: Int32Array): boolean {
    const [state, next] = [this.#scratch, this.#other];
    this.#packing.unpack(this.#row, 0, state);
    Object.assign(state.workers[0]!, worker);
    Object.assign(state.coordinators[0]!, coordinator);
    if (read !== undefined) Object.assign(at.attemptAt(state, read), uploaded(this.#rules, read));
    const seen = new Set<string>();
    const ways = [this.#rowOf(state)];
    for (;;) {
      const row = ways.pop();
      if (row === undefined) return false;
      if (isSameStored(row, wantedRow, this.#packing)) return true;
      const key = row.join(" ");
      if (seen.has(key)) continue;
      seen.add(key);
      this.#packing.unpack(row, 0, state);
      forEachStep(this.#rules, state, (name, change) => {
        if (!names.has(name)) return;
        this.#packing.unpack(row, 0, next);
        change(next);
        steady(next);
        if (!goesAstray(next, wanted)) ways.push(this.#rowOf(next));
      });
    }
  }

  #rowOf(state: State): Int32Array {
    const row = new Int32Array(this.#packing.words);
    this.#packing.pack(state, row);
    return row;
  }
}

function isSameStored(one: Int32Array, other: Int32Array, { storedWords }: Packing): boolean {
  for (let i = 0; i < storedWords; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** What has happened to an upload does not become undone, and neither does what happened to the flow. */
function goesAstray(state: State, wanted: State): boolean {
  if (state.flow.gen > wanted.flow.gen) return true;
  for (const { slices } of state.runs) {
    for (const slice of slices) {
      for (const segment of slice) {
        for (const attempt of segment.attempts) if (isAstray(attempt, at.attemptAt(wanted, attempt))) return true;
      }
    }
  }
  return false;
}

function isAstray(attempt: Attempt, goal: Attempt): boolean {
  return KINDS.some((kind) => isFinal(attempt[kind]) && attempt[kind] !== goal[kind] && goal[kind] !== at.TAKEN);
}

const KINDS = ["data", "error"] as const;

function isFinal(upload: number): boolean {
  return upload === at.VISIBLE || upload === at.GONE;
}

interface Change {
  /** The steps that can bring about what has changed. */
  readonly names: ReadonlySet<StepName>;
  /** What a process of the model has in its head, from what the implementation's did before. */
  readonly worker?: Partial<State["workers"][number]>;
  readonly coordinator?: Partial<State["coordinators"][number]>;
  /** An attempt that has read, and is registered now. That it has read the right thing, the abstraction sees to. */
  readonly read?: Attempt;
}

/** What the model's step 4 leaves of an attempt that has read those records. */
function uploaded({ good, bad }: Rules, { records, next }: Attempt): Partial<Attempt> {
  const [data, error] = [good, bad].map((kind) => ((records & kind) === 0 ? at.GONE : at.FULL));
  return { data: data!, error: error!, records, next };
}

/** What has changed, and what it takes. Undefined: nothing can do that. */
function changeBetween({ lag }: Rules, before: State, after: State): Change | undefined {
  const names = new Set<StepName>();
  const heads: Omit<Change, "names"> = {};
  if (before.source.clock !== after.source.clock || before.source.visible !== after.source.visible) {
    add(names, "record appears", "version overwritten", "clock ticks");
  }
  if (before.flow.gen !== after.flow.gen) add(names, "recreate flow");
  for (const run of after.runs) {
    const was = at.runAt(before, run);
    if (was.state !== run.state) add(names, ...(STEPS_TO[run.state] ?? []));
    if (was.state !== run.state && run.cancelled) add(names, "cancel");
    if (was.state === at.PLANNING && run.state === at.RUNNING) {
      if (run.HI > Math.max(before.flow.W, before.source.clock - lag)) return undefined;
      Object.assign(heads, { coordinator: { step: at.PLAN, run: run.run, HI: run.HI } });
    }
    if (run.marker !== was.marker) add(names, ...COMPLETE, "write marker");
    Object.assign(heads, uploadChanges(was, run, names));
  }
  return names.size === 0 ? undefined : { names, ...heads };
}

const COMPLETE: readonly StepName[] = ["read for publish", "complete", "find taken"];

/** What it takes to bring a run into a state. */
const STEPS_TO: Readonly<Record<number, readonly StepName[]>> = {
  [at.PLANNING]: ["claim"],
  [at.RUNNING]: ["plan"],
  [at.COMMITTED]: ["read for commit", "commit"],
  [at.ABORTING]: ["read for abort", "abort"],
  [at.PUBLISHED]: [...COMPLETE, "write marker", "end published"],
  [at.ABORTED]: ["read for clean-up", "complete", "find taken", "end aborted"],
};

/** Adds what it takes; answers with the worker that does it. */
function uploadChanges(was: Run, run: Run, names: Set<StepName>): Pick<Change, "worker" | "read"> {
  let worker: Change["worker"];
  let read: Attempt | undefined;
  const workerAt = (step: number, { slice, segment, attempt }: Attempt) => {
    worker = { step, run: run.run, slice, segment, attempt, cursor: cursorOf(was.slices[slice]!, segment) };
  };
  for (const [before, after] of attemptPairs(was, run)) {
    const segment = run.slices[after.slice]![after.segment]!;
    const isNew = before.data === at.ABSENT && after.data !== at.ABSENT;
    if (isNew) {
      add(names, "create uploads");
      workerAt(at.CREATE, after);
    }
    if (segment.registered === after.attempt && was.slices[after.slice]![after.segment]!.registered !== after.attempt) {
      add(names, "register");
      read = after;
      workerAt(at.REGISTER, after);
    }
    for (const kind of KINDS) {
      if (before[kind] === after[kind]) continue;
      if (after[kind] === at.VISIBLE || after[kind] === at.TAKEN) add(names, ...COMPLETE, "read for clean-up");
      if (after[kind] === at.TAKEN) add(names, "consume");
      if (after[kind] === at.GONE && at.isDecided(run)) add(names, "sweep");
    }
  }
  return { ...(worker !== undefined && { worker }), ...(read !== undefined && { read }) };
}

function* attemptPairs(was: Run, run: Run): Generator<readonly [Attempt, Attempt]> {
  for (const [s, slice] of run.slices.entries()) {
    for (const [k, segment] of slice.entries()) {
      for (const [a, attempt] of segment.attempts.entries()) yield [was.slices[s]![k]!.attempts[a]!, attempt];
    }
  }
}

function add(names: Set<StepName>, ...more: readonly StepName[]): void {
  for (const name of more) names.add(name);
}
