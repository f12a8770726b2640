import type { Rules } from "./rules.ts";
import { initialState } from "./state.ts";
import type { Attempt, Coordinator, Run, Segment, State, Worker } from "./state.ts";

/*
 * A state as a few 32-bit words. Every run, attempt and process is one number, and the numbers lie one behind another,
 * none across the border of two words. Processes of a kind are alike, so their numbers are sorted: states that differ
 * only in which of them does what are the same state.
 */

export interface Packing {
  /** Words per state, and how many of them, at the beginning, are for what is stored. */
  readonly words: number;
  readonly storedWords: number;
  /** Writes the state to the beginning of `row`. */
  readonly pack: (state: State, row: Int32Array) => void;
  /** Reads the state that begins at `row[from]` into `into`, which must be of the same world. */
  readonly unpack: (row: Int32Array, from: number, into: State) => void;
}

export function packingOf(rules: Rules): Packing {
  const { world } = rules;
  const widths = widthsOf(rules);
  const cells = new Cells();
  const codes = { workers: new Int32Array(world.workers), coordinators: new Int32Array(world.coordinators) };

  let storedWords = 0;

  function pack(state: State, row: Int32Array): void {
    cells.begin(row, 0);
    packShared(state, widths, cells);
    for (const run of state.runs) packRun(run, widths, cells);
    cells.nextWord();
    storedWords = cells.used;
    for (const worker of state.workers) codes.workers[worker.id] = codeOfWorker(worker, widths);
    packSorted(codes.workers, widths.worker, cells);
    for (const each of state.coordinators) codes.coordinators[each.id] = codeOfCoordinator(each, widths);
    packSorted(codes.coordinators, widths.coordinator, cells);
  }

  function unpack(row: Int32Array, from: number, into: State): void {
    cells.begin(row, from);
    unpackShared(into, widths, cells);
    for (const run of into.runs) unpackRun(run, widths, cells);
    cells.nextWord();
    for (const worker of into.workers) unpackWorker(cells.take(widths.worker), worker, widths);
    for (const each of into.coordinators) unpackCoordinator(cells.take(widths.coordinator), each, widths);
  }

  pack(initialState(world), new Int32Array(MAX_WORDS));
  return { words: cells.used, storedWords, pack, unpack };
}

const MAX_WORDS = 256;

type Widths = ReturnType<typeof widthsOf>;

/** How many bits each value needs in this world. */
function widthsOf({ world, without, sharesUploads }: Rules) {
  const records = world.records.length;
  const place = {
    run: widthOf(world.runs - 1),
    slice: widthOf(world.slices - 1),
    segment: widthOf(world.segments - 1),
    attempt: widthOf(world.attempts - 1),
  };
  const time = widthOf(world.lastClock);
  const ticks = widthOf(world.runs);
  const gen = widthOf(world.recreations);
  const done = 2 * world.slices * world.segments;
  const object = without.conditionalComplete ? widthOf(done - 1) : 0;
  return {
    ...place,
    time,
    records,
    ticks,
    gen,
    cancels: widthOf(world.cancels),
    deliveries: widthOf(world.deliveries),
    registered: widthOf(world.attempts),
    errorNoted: without.errRegisteredAfter ? 1 : 0,
    parts: sharesUploads ? records : 0,
    object,
    done,
    runItem: 3 + ticks + gen + 2 * time + records + 3,
    attemptItem: UPLOAD + UPLOAD + records + CURSOR,
    worker: WORKER_STEP + place.run + place.slice + place.segment + place.attempt + CURSOR,
    coordinator: COORDINATOR_STEP + place.run + time + object + done,
  };
}

const UPLOAD = 3;
const CURSOR = 4;
const WORKER_STEP = 3;
const COORDINATOR_STEP = 4;

function widthOf(max: number): number {
  return 32 - Math.clz32(max);
}

function packShared({ source, flow, left, delivered }: State, widths: Widths, cells: Cells): void {
  cells.put(source.clock, widths.time);
  cells.put(source.visible, widths.records);
  cells.put(flow.gen, widths.gen);
  cells.put(flow.W, widths.time);
  cells.put(flow.seen, widths.records);
  cells.put(flow.active + 1, widths.ticks);
  cells.put(flow.lastTick, widths.ticks);
  cells.put(left.cancels, widths.cancels);
  cells.put(left.recreations, widths.gen);
  for (const times of delivered) cells.put(times, widths.deliveries);
}

function unpackShared({ source, flow, left, delivered }: State, widths: Widths, cells: Cells): void {
  source.clock = cells.take(widths.time);
  source.visible = cells.take(widths.records);
  flow.gen = cells.take(widths.gen);
  flow.W = cells.take(widths.time);
  flow.seen = cells.take(widths.records);
  flow.active = cells.take(widths.ticks) - 1;
  flow.lastTick = cells.take(widths.ticks);
  left.cancels = cells.take(widths.cancels);
  left.recreations = cells.take(widths.gen);
  for (let tick = 0; tick < delivered.length; tick++) delivered[tick] = cells.take(widths.deliveries);
}

function packRun(run: Run, widths: Widths, cells: Cells): void {
  let code = run.state;
  code = append(code, run.tick, widths.ticks);
  code = append(code, run.gen, widths.gen);
  code = append(code, run.LO, widths.time);
  code = append(code, run.HI, widths.time);
  code = append(code, run.seen0, widths.records);
  code = append(code, run.cancelled ? 1 : 0, 1);
  code = append(code, run.marker ? 1 : 0, 1);
  code = append(code, run.moved ? 1 : 0, 1);
  cells.put(code, widths.runItem);
  for (const slice of run.slices) for (const segment of slice) packSegment(segment, widths, cells);
}

/** Takes the values off in the reverse order of `packRun`. */
function unpackRun(run: Run, widths: Widths, cells: Cells): void {
  let code = cells.take(widths.runItem);
  run.moved = (code & 1) === 1;
  run.marker = (code & 2) === 2;
  run.cancelled = (code & 4) === 4;
  code >>>= 3;
  run.seen0 = last(code, widths.records);
  code >>>= widths.records;
  run.HI = last(code, widths.time);
  code >>>= widths.time;
  run.LO = last(code, widths.time);
  code >>>= widths.time;
  run.gen = last(code, widths.gen);
  code >>>= widths.gen;
  run.tick = last(code, widths.ticks);
  run.state = code >>> widths.ticks;
  for (const slice of run.slices) for (const segment of slice) unpackSegment(segment, widths, cells);
}

function packSegment(segment: Segment, widths: Widths, cells: Cells): void {
  cells.put(segment.registered + 1, widths.registered);
  cells.put(segment.errorNoted ? 1 : 0, widths.errorNoted);
  cells.put(segment.parts, widths.parts);
  for (const attempt of segment.attempts) cells.put(codeOfAttempt(attempt, widths), widths.attemptItem);
}

function unpackSegment(segment: Segment, widths: Widths, cells: Cells): void {
  segment.registered = cells.take(widths.registered) - 1;
  segment.errorNoted = cells.take(widths.errorNoted) === 1;
  segment.parts = cells.take(widths.parts);
  for (const attempt of segment.attempts) unpackAttempt(cells.take(widths.attemptItem), attempt, widths);
}

function codeOfAttempt({ data, error, records, next }: Attempt, widths: Widths): number {
  return append(append(append(data, error, UPLOAD), records, widths.records), next, CURSOR);
}

function unpackAttempt(code: number, attempt: Attempt, widths: Widths): void {
  attempt.next = last(code, CURSOR);
  attempt.records = last(code >>> CURSOR, widths.records);
  const uploads = code >>> (CURSOR + widths.records);
  attempt.error = last(uploads, UPLOAD);
  attempt.data = uploads >>> UPLOAD;
}

function codeOfWorker(worker: Worker, widths: Widths): number {
  let code = append(worker.step, worker.run, widths.run);
  code = append(code, worker.slice, widths.slice);
  code = append(code, worker.segment, widths.segment);
  code = append(code, worker.attempt, widths.attempt);
  return append(code, worker.cursor, CURSOR);
}

function unpackWorker(code: number, worker: Worker, widths: Widths): void {
  worker.cursor = last(code, CURSOR);
  code >>>= CURSOR;
  worker.attempt = last(code, widths.attempt);
  code >>>= widths.attempt;
  worker.segment = last(code, widths.segment);
  code >>>= widths.segment;
  worker.slice = last(code, widths.slice);
  code >>>= widths.slice;
  worker.run = last(code, widths.run);
  worker.step = code >>> widths.run;
}

function codeOfCoordinator(coordinator: Coordinator, widths: Widths): number {
  let code = append(coordinator.step, coordinator.run, widths.run);
  code = append(code, coordinator.HI, widths.time);
  code = append(code, coordinator.object, widths.object);
  return append(code, coordinator.done, widths.done);
}

function unpackCoordinator(code: number, coordinator: Coordinator, widths: Widths): void {
  coordinator.done = last(code, widths.done);
  code >>>= widths.done;
  coordinator.object = last(code, widths.object);
  code >>>= widths.object;
  coordinator.HI = last(code, widths.time);
  code >>>= widths.time;
  coordinator.run = last(code, widths.run);
  coordinator.step = code >>> widths.run;
}

function packSorted(codes: Int32Array, width: number, cells: Cells): void {
  for (let i = 1; i < codes.length; i++) {
    const code = codes[i]!;
    let j = i;
    for (; j > 0 && codes[j - 1]! > code; j--) codes[j] = codes[j - 1]!;
    codes[j] = code;
  }
  for (let i = 0; i < codes.length; i++) cells.put(codes[i]!, width);
}

function append(code: number, value: number, width: number): number {
  if (value >>> width !== 0) throw new RangeError(`${value} does not fit ${width} bits`);
  return (code << width) | value;
}

function last(code: number, width: number): number {
  return code & ((1 << width) - 1);
}

/** Numbers of up to 31 bits, one behind another in a row of words. */
class Cells {
  #row: Int32Array = new Int32Array(0);
  #from = 0;
  #at = 0;
  #shift = 0;

  /** How many words were begun since `begin`. */
  get used(): number {
    return this.#at - this.#from + (this.#shift === 0 ? 0 : 1);
  }

  begin(row: Int32Array, from: number): void {
    this.#row = row;
    this.#from = this.#at = from;
    this.#shift = 0;
  }

  put(value: number, width: number): void {
    if (value >>> width !== 0) throw new RangeError(`${value} does not fit ${width} bits`);
    if (this.#shift + width > 32) this.nextWord();
    if (this.#shift === 0) this.#row[this.#at] = value;
    else this.#row[this.#at]! |= value << this.#shift;
    this.#shift += width;
  }

  take(width: number): number {
    if (this.#shift + width > 32) this.nextWord();
    const value = (this.#row[this.#at]! >>> this.#shift) & ((1 << width) - 1);
    this.#shift += width;
    return value;
  }

  nextWord(): void {
    if (this.#shift > 0) this.#at++;
    this.#shift = 0;
  }
}
