import { cancelFlowExecutions } from "../../src/api/operations/cancel-flow-executions.ts";
import { deleteFlow } from "../../src/api/operations/delete-flow.ts";
import { startFlow } from "../../src/api/operations/start-flow.ts";
import type { FlowCall } from "../../src/api/context.ts";
import type { Flow } from "../../src/flow/flow.ts";
import type { FlowEvent } from "../../src/flow/flow-event.ts";
import { backfillRange } from "../../src/run/backfill.ts";
import { cleanUp } from "../../src/run/clean-up.ts";
import { deliverEvents } from "../../src/run/deliver-events.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import type { RunControl } from "../../src/run/execute-run.ts";
import { redriveGroup, rejectedLines, surveyLines } from "../../src/run/redrive.ts";
import type { Run } from "../../src/run/run.ts";
import { clearForgotten } from "../../src/run/staging.ts";
import { startDueRun } from "../../src/run/start-due-run.ts";
import { hasEnded, isDecided } from "../../src/run/transitions.ts";
import { workSlice } from "../../src/run/work-slice.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { TimeWindow } from "../../src/sdk/connector.ts";
import type { Json } from "../../src/sdk/json.ts";
import { chanceOf } from "../support/chance.ts";
import { sampleFlow } from "../support/sample-flow.ts";
import { Buckets } from "./buckets.ts";
import type { Mutation, Role } from "./mutation.ts";
import { BUCKETS, FLOW, SOURCE, STAGING } from "./names.ts";
import { portsFor, StoreUnavailable } from "./ports.ts";
import type { SimPorts } from "./ports.ts";
import type { Scenario } from "./scenario.ts";
import { Scheduler } from "./scheduler.ts";
import type { Process } from "./scheduler.ts";
import { idsIn } from "./ids-in.ts";
import { isApart } from "./is-apart.ts";
import { CONNECTOR, EPOCH, firstOf, S3, SimSource, timeOf, UNIT } from "./source.ts";
import type { Found } from "./source.ts";
import { Tables } from "./tables.ts";

const HOUR = 60 * 60 * 1000;
const FIRST_TICK = 1_767_225_600_000;
const TICKS_BEFORE = 10;

const BUCKET_SOURCE = {
  connector: S3,
  settings: { bucketName: SOURCE, s3InputFormatConfig: { s3InputFileType: "JSON" } },
};

/** How often a coordinator begins anew when the stores fail it. */
const MOST_STARTS = 4;

/** Everything that exists in a simulation: what is stored, who is at work, and what people were told. */
export class World {
  readonly scenario: Scenario;
  readonly mutation: Mutation;
  readonly chance: () => number;
  readonly scheduler: Scheduler;
  readonly tables = new Tables();
  readonly buckets: Buckets;
  readonly flows = new Map<string, Flow>();
  readonly source: SimSource;
  /** The runs that were claimed, in that order. */
  readonly runIds: string[] = [];
  /** Of runs of a scheduled flow, which tick claimed them. */
  readonly ticks = new Map<string, number>();
  /** The records that the source had when a run was claimed. */
  readonly thereAtClaim = new Map<string, ReadonlySet<number>>();
  /** The runs of which somebody was told that they are cancelled. */
  readonly cancelled = new Set<string>();
  /** What people were told of, in that order. */
  readonly told: FlowEvent[] = [];
  /** The destinations let nobody show an object: a policy was changed, or a key was disabled. */
  isDenied = false;
  /** How often somebody wanted to cancel. */
  cancellers = 0;
  /** Requests to complete an upload that are on their way. */
  readonly completing = new Map<string, number>();
  readonly #controllers = new Map<string, AbortController[]>();
  #flowsMade = 0;

  constructor(seed: number, scenario: Scenario, mutation: Mutation, trace: string[] | undefined) {
    this.scenario = scenario;
    this.mutation = mutation;
    this.chance = chanceOf(seed);
    this.scheduler = new Scheduler(trace);
    this.buckets = new Buckets([...BUCKETS, STAGING], scenario.repeatedComplete);
    this.source = new SimSource(scenario);
    this.flows.set(FLOW, this.newFlow());
  }

  /** `r0`, `r1` …, in the order of their claims. */
  shortId(id: string): string {
    const known = this.runIds.indexOf(id);
    return known < 0 ? `new ${id.slice(0, 4)}` : `r${known}`;
  }

  below(count: number): number {
    return Math.floor(this.chance() * count);
  }

  /** What a process takes for the time. */
  clockOf(process: Process): number {
    return this.scheduler.now + process.skewMs;
  }

  async wait(process: Process, milliseconds: number): Promise<void> {
    const until = this.scheduler.now + milliseconds;
    await this.scheduler.ask(process, {
      name: "wait",
      about: () => `${milliseconds} ms`,
      perform: () => {
        this.scheduler.now = Math.max(this.scheduler.now, until);
      },
      changes: false,
    });
  }

  pageOf(slice: number, window: TimeWindow | undefined, cursor: Json | undefined): Found {
    const { pageRecords } = this.scenario;
    if (!this.mutation.pagesByOffset) return this.source.page(slice, window, cursor, pageRecords);
    const skipped = (cursor ?? 0) as number;
    const found = firstOf(this.source.wanted(slice, window).slice(skipped), pageRecords, () => null);
    return { records: found.records, next: found.next === undefined ? undefined : skipped + found.records.length };
  }

  /** What the source takes for the time, in milliseconds since 1970: it may be off, until all is calm. */
  sourceTime(): number {
    const { clockAhead, clockBehind } = this.scenario;
    const off = this.isCalm ? 0 : clockAhead - this.chance() * (clockAhead + clockBehind);
    return EPOCH + Math.round((this.source.clock + off) * UNIT);
  }

  /** The tick of a scheduled time. */
  tickNumber(dueAt: number): number {
    return (dueAt - FIRST_TICK) / HOUR;
  }

  trigger(tick: number): void {
    if (this.scenario.trigger === "scheduled") {
      this.spawn("trigger", "trigger", async (ports) => {
        await startDueRun(FLOW, FIRST_TICK + tick * HOUR, ports);
      });
    } else {
      this.spawn("caller", "trigger", async (ports) => {
        await startFlow({ flowName: FLOW, clientToken: `token-${tick}` }, callOf(ports));
      });
    }
  }

  /** Nobody can rely on it: the message may be lost. */
  startCoordinator(runId: string): void {
    if (this.chance() >= this.scenario.lostStarts) this.coordinate(runId);
  }

  coordinate(runId: string): void {
    this.spawn("coordinator", "coordinator", async (ports) => {
      for (let start = 1; start <= MOST_STARTS; start++) {
        if (await this.#goesThrough(runId, ports)) return;
      }
    });
  }

  tellToCancel(runId: string): void {
    if (this.chance() < 0.5) for (const controller of this.#controllers.get(runId) ?? []) controller.abort();
  }

  work(): void {
    this.spawn("worker", "worker", async (ports) => {
      const [run] = (await ports.runs.unfinished()).filter(({ state }) => state === "running");
      if (run === undefined) return;
      const slices = run.plan!.slices as { readonly list: readonly Json[] };
      const slice = this.below(slices.list.length);
      if (slices.list.length > 0) await workSlice(run, slice, slices.list[slice]!, ports, this.#control(run.id));
    });
  }

  sweep(): void {
    this.spawn("sweeper", "sweeper", async (ports) => {
      for (const run of await ports.runs.unfinished()) {
        if (this.mutation.rollsBack && run.state === "committed") await rollBack(run, ports);
        await this.#goesThrough(run.id, ports);
      }
    });
  }

  /** Tells what waits to be told. */
  deliver(): void {
    this.spawn("courier", "courier", async (ports) => {
      await deliverEvents(ports);
    });
  }

  cancel(): void {
    this.cancellers++;
    this.spawn("canceller", "canceller", async (ports) => {
      const known = this.runIds.at(-1);
      const id = this.chance() < 0.5 ? (await ports.runs.position(FLOW))?.active : known;
      if (id === undefined) return;
      if (this.mutation.answersEarly) {
        const run = await ports.runs.get(FLOW, id);
        if (run !== undefined && !isDecided(run)) this.noteCancelled(id);
      }
      const { invalidExecutions } = await cancelFlowExecutions({ flowName: FLOW, executionIds: [id] }, callOf(ports));
      if (invalidExecutions === undefined) this.noteCancelled(id);
    });
  }

  /** Somebody reads a time of the source again. */
  backfill(): void {
    const first = this.below(this.source.lastTime + 1);
    const range = {
      from: timeOf({ ts: first }),
      until: timeOf({ ts: first + 1 + this.below(this.source.lastTime + 1) }),
    };
    this.#operate(async (flow, ports, control) => {
      await backfillRange(flow, range, ports, control);
    });
  }

  /** Somebody corrects what some run could not decode, and sends it again. */
  redrive(): void {
    this.#operate(async (flow, ports, control) => {
      const runs = await ports.runs.list(FLOW, 1000);
      const isMeant = (run: Run) => run.flowId === flow.id && hasEnded(run) && !isApart(run);
      const [of] = runs.filter((run) => isMeant(run) && run.plan !== undefined);
      if (of === undefined) return;
      const lines = () => corrected(rejectedLines(of, ports));
      const { groups } = await surveyLines(flow, lines);
      for (const group of groups) await redriveGroup(flow, { of, group, lines }, ports, control);
    });
  }

  #operate(work: (flow: Flow, ports: SimPorts, control: RunControl) => Promise<void>): void {
    this.spawn("operator", "operator", async (ports) => {
      const flow = await ports.flows.get(FLOW);
      if (flow === undefined) return;
      try {
        const signal = new AbortController().signal;
        await work(flow, ports, { signal, shouldStop: () => this.chance() < this.stops });
      } catch (error) {
        // What it works on may be forgotten meanwhile, together with the flow.
        if (isInjected(error) || this.flows.get(FLOW)?.id === flow.id) throw error;
      }
    });
  }

  noteCancelled(runId: string): void {
    this.cancelled.add(runId);
    this.scheduler.tell(() => `somebody is told that ${this.shortId(runId)} is cancelled`);
  }

  /** The flow is deleted, and made anew under its name. */
  recreate(): void {
    this.spawn("owner", "owner", async (ports) => {
      // Somebody else may be about to delete it.
      if ((await ports.flows.get(FLOW)) !== undefined) {
        await deleteFlow({ flowName: FLOW, forceDelete: true }, callOf(ports));
      }
      await ports.flows.create(this.newFlow());
    });
  }

  /** Long after: what zombies left in the buckets is swept. */
  tidyUp(): void {
    this.spawn("janitor", "janitor", async (ports) => {
      for (const run of await ports.runs.list(FLOW, 1000)) if (hasEnded(run)) await cleanUp(run, ports);
      await clearForgotten(STAGING, ports);
    });
  }

  newFlow(): Flow {
    const { trigger, destinations, incremental, source } = this.scenario;
    const flow = sampleFlow(FLOW);
    const schedule = {
      startAt: FIRST_TICK - TICKS_BEFORE * HOUR,
      expression: { type: "rate", every: 1, unit: "hour" },
      pull: incremental ? "incremental" : "complete",
      offsetMs: 0,
      firstFrom: EPOCH,
    } as const;
    return {
      ...flow,
      id: `flow-${this.#flowsMade++}`,
      definition: {
        ...flow.definition,
        trigger: trigger === "scheduled" ? { type: "scheduled", schedule } : { type: "on-demand" },
        source: source === "objects" ? BUCKET_SOURCE : { connector: CONNECTOR, settings: {} },
        destinations: BUCKETS.slice(0, destinations).map((bucket) => ({ connector: CONNECTOR, settings: { bucket } })),
        tasks: [
          { type: "map-all", index: 0, exclude: [] },
          { type: "filter", index: 1, field: "kind", operator: "not-equal", values: ["filtered"], dataType: "string" },
        ],
      },
    };
  }

  /** Events that were written before what they tell of. */
  readonly toldForNothing: FlowEvent[] = [];

  /** Called when events were written. */
  noteEvents(events: readonly FlowEvent[]): void {
    this.toldForNothing.push(...events.filter((event) => !this.#hasHappened(event)));
  }

  #hasHappened(event: FlowEvent): boolean {
    if (event.type === "flow-suspended") return this.flows.get(FLOW)?.status === "suspended";
    const id = event.type === "run-skipped" ? event.heldBy : event.run;
    const run = this.tables.get(FLOW, id) ?? this.tables.forgotten.get(`${FLOW}/${id}`)?.run;
    if (run === undefined) return false;
    if (event.type === "run-skipped") return !hasEnded(run);
    if (event.type === "run-started") return run.state !== "planning";
    if (event.type === "run-blocked") return run.blocked !== undefined;
    // A run of a flow that was deleted is told of, and then forgotten.
    return hasEnded(run) || (isDecided(run) && this.tables.position(FLOW)?.flowId !== run.flowId);
  }

  noteRun(runId: string): void {
    if (!this.runIds.includes(runId)) this.runIds.push(runId);
    const { lastTick } = this.tables.position(FLOW)!;
    const isTicked = lastTick !== undefined && !isApart(this.tables.get(FLOW, runId)!);
    if (isTicked) this.ticks.set(runId, this.tickNumber(lastTick));
    this.thereAtClaim.set(runId, new Set(this.source.visible().map(({ id }) => id)));
    this.onClaim?.(runId);
  }

  /** Told of everything that happens beside the processes. */
  onEvent: (() => void) | undefined;
  /** Told of every claim. */
  onClaim: ((runId: string) => void) | undefined;

  /** Somebody downstream moves a data object away. */
  consume(): void {
    const visible = BUCKETS.flatMap((bucket) => this.buckets.keys(bucket, "data/").map((key) => ({ bucket, key })));
    const taken = visible[this.below(visible.length)];
    if (taken === undefined) return;
    this.buckets.delete(taken.bucket, taken.key);
    this.onEvent?.();
    this.scheduler.tell(() => `somebody moves ${taken.key} away`);
  }

  /** A rule of the bucket that is shorter than a run. */
  sweepByAge(): void {
    const open = BUCKETS.flatMap((bucket) => this.buckets.openUploads(bucket));
    const upload = open[this.below(open.length)];
    if (upload === undefined) return;
    this.buckets.abort(upload);
    this.scheduler.tell(() => `the upload of ${upload.key} has become too old`);
  }

  spawn(name: string, role: Role, main: (ports: SimPorts) => Promise<void>): void {
    const skew = Math.round((this.chance() * 2 - 1) * this.skewMs);
    this.scheduler.spawn(name, skew, (process) => main(portsFor(this, process, role)));
  }

  /** False when a store failed it. */
  async #goesThrough(runId: string, ports: SimPorts): Promise<boolean> {
    try {
      await executeRun(FLOW, runId, ports, this.#control(runId));
      return true;
    } catch (error) {
      if (isInjected(error)) return false;
      // It was forgotten, together with its flow.
      if (this.tables.get(FLOW, runId) === undefined) return true;
      throw error;
    }
  }

  #control(runId: string): Omit<RunControl, "progress"> {
    const controller = new AbortController();
    this.#controllers.set(runId, [...(this.#controllers.get(runId) ?? []), controller]);
    return { signal: controller.signal, shouldStop: () => this.chance() < this.stops };
  }

  /** In the end nothing fails, nobody has to let go, and clocks are right. */
  isCalm = false;
  stops = 0;
  skewMs = 0;
}

/** Which tick claimed the run; its number in the model. */
export function tickOf({ ticks }: World, runId: string): number {
  return ticks.get(runId)!;
}

/** Lines of a file of rejected records, each with what the source should have given. */
async function* corrected(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const line of lines) {
    const [id] = idsIn(line);
    yield Buffer.from(`${line.toString().trimEnd().slice(0, -1)},"record":{"id":${id},"kind":"good"}}`);
  }
}

/** Whether the simulation made it fail. */
export function isInjected(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  return error instanceof ObjectStoreError && (error.code === "Unavailable" || error.code === "AccessDenied");
}

/** What nothing but a mutation does. */
async function rollBack(run: Run, { runs }: SimPorts): Promise<void> {
  const back = {
    state: "aborting",
    failure: "transient",
    message: "It looks dead.",
    version: run.version + 1,
  } as const;
  await runs.write({ run: { ...run, ...back } });
}

/** What operations need of a call by somebody who may do everything. */
function callOf(ports: SimPorts): FlowCall {
  const call: Partial<FlowCall> = {
    ...(ports as Omit<SimPorts, "connectors">),
    caller: { arn: "arn:aws:iam::111122223333:user/ops", user: "ops", access: "full" },
    place: { region: "eu-west-1", account: "111122223333" },
    strict: false,
    quotas: {},
  };
  return call as FlowCall;
}
