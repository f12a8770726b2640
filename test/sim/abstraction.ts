import type { Run as StoredRun } from "../../src/run/run.ts";
import type { RunFile, Segment as StoredSegment } from "../../src/run/segment.ts";
import { hashOf, VersionSet } from "../../src/engine/versions.ts";
import type { RunPlan } from "../../src/plan/run-plan.ts";
import type { StowedBytes } from "../../src/store/stowed-bytes.ts";
import { rulesOf } from "../model/rules.ts";
import type { Rules } from "../model/rules.ts";
import * as at from "../model/state.ts";
import type { Attempt, Run, Segment, State } from "../model/state.ts";
import { worldOf } from "../model/world.ts";
import { receiptKey } from "../../src/plan/output-layout.ts";
import { idsIn } from "./ids-in.ts";
import { objectsOf } from "./objects-of.ts";
import { isInside, unitsOf, versionName } from "./source.ts";
import type { Scenario } from "./scenario.ts";
import { FLOW } from "./names.ts";
import { runOf } from "./observer.ts";
import { isApart } from "./is-apart.ts";
import { tickOf } from "./world.ts";
import type { World } from "./world.ts";

/*
 * What the stores show, as a state of the model in test/model. docs/commit-model.md tells what is mapped to what.
 */

/** More attempts at a segment, or more flows under the name, than this are beyond the model's world. */
const ATTEMPTS = 4;
const RECREATIONS = 7;

/** Runs that are started when all is calm again. */
const CATCH_UP_RUNS = 2;

/** The model's world for a scenario: one destination, windows, scheduled, nothing filtered. */
export function rulesFor({ records, slices, ticks, consumer, lookback, lag, clockAhead }: Scenario): Rules {
  const perSlice = Array.from({ length: slices }, (_, slice) => records.filter((each) => each.slice === slice).length);
  const world = worldOf({
    runs: ticks + CATCH_UP_RUNS,
    slices,
    segments: Math.max(1, ...perSlice),
    attempts: ATTEMPTS,
    deliveries: 7,
    cancels: 1,
    recreations: RECREATIONS,
    // A clock that is ahead takes as much from the lag.
    lag: lag - clockAhead,
    lookback,
    lastClock: Math.max(...records.map(({ ts, late = 0 }) => ts + late)) + lag + 1,
    consumer,
    records: records.map(({ ts, late = 0, slice, kind, replaces, goneAfter }) => ({
      ts,
      late,
      slice,
      ...(kind === "bad" && { bad: true as const }),
      ...(replaces !== undefined && { replaces }),
      ...(goneAfter !== undefined && { vanishes: true as const }),
    })),
  });
  return rulesOf(world);
}

/** The simulation does something that the model's world has no room for. */
export class BeyondTheModel extends Error {}

/** Maps what is stored. It remembers what the stores forget: runs of deleted flows, and which flow a run is of. */
export class Abstraction {
  readonly #world: World;
  readonly #rules: Rules;
  /** How many flows of the name there were before, by what FLOW showed, and whose it was last. */
  #gen = 0;
  #flowId: string | undefined;
  readonly #genOf = new Map<string, number>();
  /** The runs whose plan was seen. */
  readonly #planned = new Set<string>();
  /** Attempts whose uploads were swept: what a zombie creates afterwards is swept again. */
  readonly #swept = new Set<string>();
  /** The number in the model of each attempt that has created an upload. */
  readonly #attempts = new Map<string, number>();
  /** What the source had while each attempt was at work: always, and at any time. */
  readonly #shown = new Map<string, { always: number; ever: number }>();
  /** The records in the files that each registered attempt has left. */
  readonly #records = new Map<string, number>();
  /** What was planned for a flow that is no more: the model plans when it writes, and finds the next one's position. */
  readonly #orphaned = new Map<string, { readonly LO: number; readonly seen0: number }>();
  readonly #hashes: readonly Buffer[];
  /** What a registered attempt has read, and should not, or has left out. */
  wrong: string | undefined;

  constructor(world: World, rules: Rules) {
    this.#world = world;
    this.#rules = rules;
    this.#hashes = world.scenario.records.map((record) => hashOf(versionName(world.source.keyOf(record), record)));
  }

  state(): State {
    const state = at.initialState(this.#rules.world);
    steady(state);
    this.#mapSource(state);
    this.#mapFlow(state);
    // Runs apart from where the flow stands move nothing, so the model has none of them.
    for (const id of this.#world.runIds.filter((each) => !this.#isApart(each))) {
      this.#mapRun(id, state.runs[tickOf(this.#world, id)]!, state);
    }
    return state;
  }

  #mapSource(state: State): void {
    const { source } = this.#world;
    state.source.clock = Math.min(Math.floor(source.clock), this.#rules.world.lastClock);
    for (const { id } of source.visible()) state.source.visible |= 1 << id;
  }

  #mapFlow({ flow }: State): void {
    const position = this.#world.tables.position(FLOW);
    if (position === undefined) return;
    const before = this.#flowId;
    // A position that is nobody's is already that of the next flow of the name.
    if (before !== undefined && position.flowId !== before) this.#gen++;
    if (this.#gen > RECREATIONS) throw new BeyondTheModel();
    this.#flowId = position.flowId;
    flow.gen = this.#gen;
    flow.W = unitsAt(position.watermark);
    flow.seen = this.#versionsIn(position.delivered);
    const { active } = position;
    flow.active = active === undefined || this.#isApart(active) ? at.NONE : tickOf(this.#world, active);
    flow.lastTick = position.lastTick === undefined ? 0 : this.#world.tickNumber(position.lastTick) + 1;
  }

  #isApart(id: string): boolean {
    return isApart(runOf(this.#world, id)!);
  }

  #mapRun(id: string, run: Run, { flow }: State): void {
    const { tables, buckets } = this.#world;
    const forgotten = tables.forgotten.get(`${FLOW}/${id}`);
    const stored = tables.get(FLOW, id) ?? forgotten!.run;
    if (!this.#genOf.has(id)) this.#genOf.set(id, flow.gen);
    run.state = at.RUN_STATES.indexOf(STATES[stored.state]);
    run.tick = run.run + 1;
    run.gen = this.#genOf.get(id)!;
    this.#mapPlan(stored, run, flow);
    run.cancelled = stored.failure === "canceled";
    run.marker = buckets.seen.some(({ key }) => key === receiptKey(FLOW, id));
    run.moved = at.isCommitted(run);
    const segments = tables.get(FLOW, id) === undefined ? forgotten!.segments : tables.segments(FLOW, id);
    this.#noteSource(id);
    this.#mapAttempts(id, run);
    for (const segment of segments) this.#mapSegment(stored, segment, run);
  }

  #mapPlan({ id, plan }: StoredRun, run: Run, flow: State["flow"]): void {
    if (plan?.window === undefined) return;
    const isOrphaned = run.gen !== flow.gen && !this.#planned.has(id);
    this.#planned.add(id);
    if (isOrphaned) this.#orphaned.set(id, { LO: flow.W, seen0: flow.seen });
    run.HI = unitsAt(plan.window.to);
    run.LO = unitsAt(plan.window.from);
    run.seen0 = this.#versionsIn(plan.delivered);
    Object.assign(run, this.#orphaned.get(id));
  }

  #versionsIn(delivered: StowedBytes | undefined): number {
    if (delivered === undefined) return 0;
    if (!("base64" in delivered)) throw new BeyondTheModel();
    const set = new VersionSet(Buffer.from(delivered.base64, "base64"));
    return this.#hashes.reduce((mask, hash, record) => (set.hasHash(hash) ? mask | (1 << record) : mask), 0);
  }

  #noteSource(id: string): void {
    const visible = maskOf(this.#world.source.visible());
    for (const { slice, segment, number } of this.#world.tables.attempts(FLOW, id)) {
      const place = `${id}/${slice}/${segment}/${number}`;
      const { always, ever } = this.#shown.get(place) ?? { always: visible, ever: visible };
      this.#shown.set(place, { always: always & visible, ever: ever | visible });
    }
  }

  /** Attempts are there when they have created an upload; the uploads of one that is not registered come and go together. */
  #mapAttempts(id: string, run: Run): void {
    for (const [place, { open, completed }] of objectsOf(this.#world, id)) {
      const attempt = this.attemptOf(id, place, run);
      if (at.isDecided(run) && open === 0) this.#swept.add(`${id}/${place}`);
      attempt.data = attempt.error = this.#swept.has(`${id}/${place}`) ? at.GONE : at.OPEN;
      if (completed.has("data")) attempt.data = at.VISIBLE;
      if (completed.has("error")) attempt.error = at.VISIBLE;
    }
  }

  #mapSegment({ id, plan }: StoredRun, stored: StoredSegment, run: Run): void {
    const { slice, number, attempt, end, files } = stored;
    if (end.type === "failed" || !("list" in files)) throw new BeyondTheModel();
    const mapped = this.attemptOf(id, `${slice}/${number}/${attempt}`, run);
    mapped.data = mapped.error = at.GONE;
    for (const { kind, upload } of files.list)
      if (kind !== "piece") mapped[kind] = this.#uploadState(upload.bucket, upload.key, upload.uploadId);
    const [from, to] = [
      this.#cursorBefore(run, mapped),
      end.type === "end" ? undefined : this.#placeOf(slice, end.position.page),
    ];
    const place = `${id}/${slice}/${number}/${attempt}`;
    if (!this.#records.has(place)) {
      const records = this.#recordsIn(files.list);
      const wanted = this.#wantedOf(plan!, this.#rules.keyOrder[slice]!.slice(from, to));
      this.#judgeRead(place, records, wanted);
      this.#records.set(place, records);
    }
    mapped.records = this.#records.get(place)!;
    mapped.next = to ?? at.END;
    run.slices[slice]![number]!.registered = mapped.attempt;
  }

  /** What an attempt is to give, as far as the source has it: what is in the window, and not delivered. */
  #wantedOf({ window, delivered }: RunPlan, candidates: readonly number[]): number {
    const { records } = this.#world.scenario;
    return (
      maskOf(candidates.map((id) => records[id]!).filter((record) => isInside(record, window))) &
      ~this.#versionsIn(delivered)
    );
  }

  /** The model reads a segment in one moment; an attempt page by page, and the source may change in between. */
  #judgeRead(place: string, records: number, wanted: number): void {
    const { always, ever } = this.#shown.get(place)!;
    if ((records & ~(wanted & ever)) !== 0) this.wrong ??= `attempt ${place} has records that it should not have`;
    if ((wanted & always & ~records) !== 0) this.wrong ??= `attempt ${place} lacks records`;
  }

  #recordsIn(files: readonly RunFile[]): number {
    const { buckets } = this.#world;
    const bodies = files.flatMap(({ upload }) => {
      const object = buckets.object(upload.bucket, upload.key);
      const parts = [...buckets.uploads.get(upload.uploadId)!.parts.values()].map(({ body }) => body);
      return object?.uploadId === upload.uploadId ? [object.body] : parts;
    });
    return maskOf(bodies.flatMap(idsIn).map((id) => ({ id })));
  }

  #uploadState(bucket: string, key: string, uploadId: string): number {
    const { buckets } = this.#world;
    switch (buckets.uploads.get(uploadId)!.state) {
      case "open":
        return at.FULL;
      case "aborted":
        return at.GONE;
      case "completed":
        return buckets.object(bucket, key) === undefined ? at.TAKEN : at.VISIBLE;
    }
  }

  /** Where the segment before has left off. */
  #cursorBefore(run: Run, { slice, segment }: Attempt): number {
    return cursorOf(run.slices[slice]!, segment);
  }

  /** Behind the record of that key. */
  #placeOf(slice: number, cursor: unknown): number {
    const [, id] = cursor as readonly [number, number];
    return this.#rules.keyOrder[slice]!.indexOf(id) + 1;
  }

  /** Numbers are given in the order of the first upload, as the model's workers take them. */
  attemptOf(id: string, place: string, run: Run): Attempt {
    const [slice, number] = place.split("/").map(Number) as [number, number];
    const segment = run.slices[slice]?.[number];
    if (segment === undefined) throw new BeyondTheModel();
    const name = `${id}/${place}`;
    const known = this.#attempts.get(name) ?? this.#next(id, slice, number);
    if (known === segment.attempts.length) throw new BeyondTheModel();
    this.#attempts.set(name, known);
    return segment.attempts[known]!;
  }

  #next(id: string, slice: number, number: number): number {
    return [...this.#attempts.keys()].filter((name) => name.startsWith(`${id}/${slice}/${number}/`)).length;
  }
}

function unitsAt(time: number | undefined): number {
  return time === undefined ? 0 : unitsOf(time);
}

function maskOf(records: readonly { readonly id: number }[]): number {
  return records.reduce((mask, { id }) => mask | (1 << id), 0);
}

const STATES = {
  planning: "PLANNING",
  running: "RUNNING",
  committed: "COMMITTED",
  aborting: "ABORTING",
  published: "PUBLISHED",
  aborted: "ABORTED",
} as const satisfies Record<StoredRun["state"], (typeof at.RUN_STATES)[number]>;

/** Where a segment of the slice begins. */
export function cursorOf(slice: readonly Segment[], segment: number): number {
  const before = slice[segment - 1];
  return before === undefined || before.registered === at.NONE ? 0 : before.attempts[before.registered]!.next;
}

/** What may happen any number of times here is never used up. */
export function steady({ delivered, left }: State): void {
  delivered.fill(1);
  left.cancels = 1;
  left.recreations = RECREATIONS;
}
