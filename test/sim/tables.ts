import type { FlowEvent } from "../../src/flow/flow-event.ts";
import type { RunCounts } from "../../src/plan/run-counts.ts";
import type { Position } from "../../src/run/position.ts";
import type { RunChange, RunStore } from "../../src/run/run-store.ts";
import type { Run } from "../../src/run/run.ts";
import type { Attempt, Segment } from "../../src/run/segment.ts";

/** What belongs to one run. */
interface RunItems {
  readonly run: Run;
  readonly segments: readonly Segment[];
  readonly attempts: readonly Attempt[];
  readonly progress: ReadonlyMap<number, RunCounts>;
}

type Condition = keyof RunChange;

/** The items of a `RunStore` in memory. Every method is one moment: nothing happens while it is at work. */
export class Tables {
  readonly #runs = new Map<string, RunItems>();
  readonly #positions = new Map<string, Position>();
  readonly #outbox = new Map<string, FlowEvent>();
  /** What runs were when they were forgotten: for whoever has to judge what they did. */
  readonly forgotten = new Map<string, RunItems>();

  get(flow: string, id: string): Run | undefined {
    return this.#items(flow, id)?.run;
  }

  position(flow: string): Position | undefined {
    return this.#positions.get(flow);
  }

  segments(flow: string, run: string, slice?: number): readonly Segment[] {
    const all = this.#items(flow, run)?.segments ?? [];
    return slice === undefined ? all : all.filter((segment) => segment.slice === slice);
  }

  attempts(flow: string, run: string, slice?: number): readonly Attempt[] {
    const all = this.#items(flow, run)?.attempts ?? [];
    return slice === undefined ? all : all.filter((attempt) => attempt.slice === slice);
  }

  /** `ignoring`: conditions that are not looked at. A store that does so is broken. */
  write(change: RunChange, ignoring: readonly Condition[] = []): boolean {
    const holds = (condition: Condition) => ignoring.includes(condition) || this.#holds(change, condition);
    const conditions = Object.keys(change) as Condition[];
    if (!conditions.every((condition) => change[condition] === undefined || holds(condition))) return false;
    const { run, position, segment, attempt, events = [] } = change;
    const owner = segment ?? attempt;
    if (owner !== undefined && run === undefined && this.get(owner.flow, owner.run) === undefined) return false;
    if (position !== undefined) this.#positions.set(position.flow, position);
    if (run !== undefined) this.#set(run.flow, run.id, { run });
    if (segment !== undefined) this.#addSegment(segment);
    if (attempt !== undefined) this.#addAttempt(attempt);
    for (const event of events) this.#outbox.set(nameOf(event), event);
    return true;
  }

  /** The events that wait, in their order. */
  events(): readonly FlowEvent[] {
    return [...this.#outbox.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  deleteEvents(events: readonly Pick<FlowEvent, "at" | "id">[]): void {
    for (const event of events) this.#outbox.delete(nameOf(event));
  }

  /** All runs of the flow, newest first. */
  runs(flow: string): readonly Run[] {
    const own = [...this.#runs.values()].map(({ run }) => run).filter((run) => run.flow === flow);
    return own.sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
  }

  /** Oldest first. */
  unfinished(): readonly Run[] {
    const all = [...this.#runs.values()].map(({ run }) => run).filter(({ endedAt }) => endedAt === undefined);
    return all.sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  }

  showProgress(flow: string, run: string, slice: number, counts: RunCounts): void {
    const items = this.#items(flow, run);
    if (items !== undefined) this.#set(flow, run, { progress: new Map([...items.progress, [slice, counts]]) });
  }

  progress(flow: string, run: string): readonly RunCounts[] {
    const progress = [...(this.#items(flow, run)?.progress ?? [])];
    return progress.sort(([one], [other]) => one - other).map(([, counts]) => counts);
  }

  forget(flow: string, run: string): void {
    const key = keyOf(flow, run);
    const items = this.#runs.get(key);
    if (items !== undefined) this.forgotten.set(key, items);
    this.#runs.delete(key);
  }

  #items(flow: string, run: string): RunItems | undefined {
    return this.#runs.get(keyOf(flow, run));
  }

  #set(flow: string, run: string, items: Partial<RunItems>): void {
    const before = this.#items(flow, run) ?? { segments: [], attempts: [], progress: new Map() };
    this.#runs.set(keyOf(flow, run), { ...before, ...items } as RunItems);
  }

  #holds({ run, position, segment, attempt, unchanged }: RunChange, condition: Condition): boolean {
    switch (condition) {
      case "run":
        return (this.get(run!.flow, run!.id)?.version ?? 0) === run!.version - 1;
      case "position":
        return (this.position(position!.flow)?.version ?? 0) === position!.version - 1;
      case "segment":
        return !this.segments(segment!.flow, segment!.run).some((each) => isSameSegment(each, segment!));
      case "attempt":
        return !this.attempts(attempt!.flow, attempt!.run).some((each) => isSameAttempt(each, attempt!));
      case "unchanged":
        return this.get(unchanged!.flow, unchanged!.id)?.version === unchanged!.version;
      case "events":
        return true;
    }
  }

  #addSegment(segment: Segment): void {
    const others = this.segments(segment.flow, segment.run).filter((each) => !isSameSegment(each, segment));
    const segments = [...others, segment].sort((a, b) => a.slice - b.slice || a.number - b.number);
    this.#set(segment.flow, segment.run, { segments });
  }

  #addAttempt(attempt: Attempt): void {
    const attempts = [...this.attempts(attempt.flow, attempt.run), attempt];
    attempts.sort((a, b) => a.slice - b.slice || a.segment - b.segment || a.number - b.number);
    this.#set(attempt.flow, attempt.run, { attempts });
  }
}

/** The same items behind the port. */
export function storeOf(tables: Tables): RunStore {
  return {
    get: async (flow, id) => tables.get(flow, id),
    position: async (flow) => tables.position(flow),
    async *segments(flow, run, slice) {
      yield* tables.segments(flow, run, slice);
    },
    async *attempts(flow, run, slice) {
      yield* tables.attempts(flow, run, slice);
    },
    write: async (change) => tables.write(change),
    async list(flow, limit, after) {
      return runsAfter(tables.runs(flow), after).slice(0, limit);
    },
    unfinished: async () => tables.unfinished(),
    showProgress: async (flow, run, slice, counts) => tables.showProgress(flow, run, slice, counts),
    progress: async (flow, run) => tables.progress(flow, run),
    forget: async (flow, run) => tables.forget(flow, run),
  };
}

/** Of runs in their order, those behind a place in it. */
export function runsAfter(
  runs: readonly Run[],
  after: { readonly startedAt: number; readonly id: string } | undefined,
): readonly Run[] {
  if (after === undefined) return runs;
  const isBehind = ({ startedAt, id }: Run) =>
    startedAt < after.startedAt || (startedAt === after.startedAt && id < after.id);
  return runs.filter(isBehind);
}

function nameOf({ at, id }: Pick<FlowEvent, "at" | "id">): string {
  return `${at}/${id}`;
}

function keyOf(flow: string, run: string): string {
  return `${flow}/${run}`;
}

function isSameSegment(a: Segment, b: Segment): boolean {
  return a.slice === b.slice && a.number === b.number;
}

function isSameAttempt(a: Attempt, b: Attempt): boolean {
  return a.slice === b.slice && a.segment === b.segment && a.number === b.number;
}
