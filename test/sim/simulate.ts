import { judge } from "./judge.ts";
import type { Mutation } from "./mutation.ts";
import { Observer } from "./observer.ts";
import type { Scenario } from "./scenario.ts";
import type { Fate, ParkedCall } from "./scheduler.ts";
import { FLOW } from "./names.ts";
import { World } from "./world.ts";

export interface Simulated {
  /** The first thing that was wrong. */
  readonly wrong: string | undefined;
  /** How many calls there were. */
  readonly calls: number;
  /** How many of them met something else than their answer. */
  readonly faults: number;
  readonly published: number;
  readonly aborted: number;
  /** Of how many runs somebody was told that they are cancelled. */
  readonly cancelled: number;
  /** One line for each call, when it was asked for. */
  readonly trace: readonly string[];
}

export interface SimulateOptions {
  readonly mutation?: Mutation;
  readonly traced?: boolean;
  /** What happens to a call, instead of chance; undefined: chance decides. Calls are counted from 1. */
  readonly fateOf?: (call: ParkedCall, number: number) => Fate | undefined;
  /** Happens before a call is taken. */
  readonly before?: (world: World, number: number) => void;
  /** Told of the world before anything happens; what it answers is asked after every effect and event what is wrong. */
  readonly watch?: (world: World) => () => string | undefined;
}

/** Lets a world run, brings it to its end, and judges it. The same arguments give the same history, to the letter. */
export async function simulate(seed: number, scenario: Scenario, options: SimulateOptions = {}): Promise<Simulated> {
  const trace: string[] | undefined = options.traced ? [] : undefined;
  const world = new World(seed, scenario, options.mutation ?? {}, trace);
  const observer = new Observer(world);
  const watch = options.watch?.(world);
  world.onClaim = (runId) => observer.noteClaim(runId);
  world.onEvent = () => {
    const wrong = watch?.();
    if (wrong !== undefined) observer.note(wrong);
  };
  world.scheduler.onEffect = (call) => {
    observer.look(call);
    if (call.changes) world.onEvent!();
  };
  try {
    await new Simulation(world, options).run();
    const wrong = observer.wrong ?? judge(world);
    if (wrong !== undefined) observer.note(wrong);
  } catch (error) {
    observer.note(`${SIMULATION_FAILED}: ${(error as Error).stack}`);
  }
  const states = world.runIds.map((id) => world.tables.get(FLOW, id)?.state);
  return {
    wrong: observer.wrong,
    calls: world.scheduler.steps,
    faults: world.scheduler.faults,
    published: states.filter((state) => state === "published").length,
    aborted: states.filter((state) => state === "aborted").length,
    cancelled: world.cancelled.size,
    trace: trace ?? [],
  };
}

/** What is noted when nothing is known of the runs. */
export const SIMULATION_FAILED = "the simulation failed";

/** A history that takes longer does not end. */
const MOST_CALLS = 20_000;

/** Who comes by when everybody else is gone: two rounds must be enough. */
const SWEEPS = 2;

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** Runs that bring the rest, when all is calm again. */
const CATCH_UP_RUNS = 2;

class Simulation {
  readonly #world: World;
  readonly #options: SimulateOptions;
  /** What begins when so many calls have been taken. */
  readonly #agenda: { readonly at: number; readonly begin: () => void }[] = [];
  readonly #weights = new Map<number, number>();

  constructor(world: World, options: SimulateOptions) {
    this.#world = world;
    this.#options = options;
  }

  async run(): Promise<void> {
    this.#fillAgenda();
    const { scenario, source } = this.#world;
    if (!scenario.incremental) source.clock = source.lastTime + 1;
    Object.assign(this.#world, { stops: scenario.stops, skewMs: scenario.skewMs });
    await this.#disturbed();
    Object.assign(this.#world, { isCalm: true, isDenied: false, stops: 0, skewMs: 0 });
    if (scenario.afterwards === "some wake up late") await this.#recover();
    if (scenario.afterwards === "all die") this.#killAll();
    await this.#untilNobodyWaits();
    await this.#recover();
    if (scenario.incremental) await this.#catchUp();
    for (let i = 0; i < scenario.redrives; i++) await this.#alone(() => this.#world.redrive());
    if (scenario.redrives > 0) await this.#recover();
    await this.#tidyUp();
  }

  #fillAgenda(): void {
    const world = this.#world;
    const { scenario } = world;
    const plan = (begin: () => void, at = world.below(scenario.horizon)) => this.#agenda.push({ at, begin });
    const firsts = Array.from({ length: scenario.ticks }, () => world.below(scenario.horizon)).sort((a, b) => a - b);
    firsts[0] = 0;
    for (const [tick, first] of firsts.entries()) {
      plan(() => world.trigger(tick), first);
      for (let delivery = world.below(scenario.deliveries); delivery > 0; delivery--) {
        plan(() => world.trigger(tick), first + world.below(scenario.horizon));
      }
    }
    const anyRun = (act: (runId: string) => void) => () => {
      const runId = world.runIds[world.below(world.runIds.length)];
      if (runId !== undefined) act(runId);
    };
    for (let i = 0; i < scenario.coordinators; i++) plan(anyRun((runId) => world.coordinate(runId)));
    for (let i = 0; i < scenario.workers; i++) plan(() => world.work());
    for (let i = 0; i < scenario.sweepers; i++) plan(() => world.sweep());
    for (let i = 0; i < scenario.couriers; i++) plan(() => world.deliver());
    for (let i = 0; i < scenario.cancels; i++) plan(() => world.cancel());
    for (let i = 0; i < scenario.recreations; i++) plan(() => world.recreate());
    for (let i = 0; i < scenario.denials; i++) {
      plan(() => this.#deny(true));
      plan(() => this.#deny(false));
    }
    for (let i = 0; i < scenario.backfills; i++) plan(() => world.backfill());
    for (let i = 0; i < scenario.redrives; i++) plan(() => world.redrive());
    if (scenario.incremental) {
      for (let i = 0; i < 2 * endOfSource(world); i++) plan(() => this.#tick(), i < 4 ? 0 : undefined);
    }
    this.#agenda.sort((a, b) => a.at - b.at);
  }

  #tick(): void {
    const { source, scheduler } = this.#world;
    source.clock += 0.5;
    scheduler.tell(() => `the source's clock shows ${source.clock}`);
    this.#world.onEvent?.();
  }

  #deny(isDenied: boolean): void {
    this.#world.isDenied = isDenied;
    this.#world.scheduler.tell(() => `the destinations ${isDenied ? "let nobody" : "let anybody"} show an object`);
  }

  /** Everything happens by chance, until the horizon. */
  async #disturbed(): Promise<void> {
    const world = this.#world;
    const { scheduler, scenario } = world;
    for (;;) {
      while (this.#agenda.length > 0 && (this.#agenda[0]!.at <= scheduler.steps || scheduler.parked.length === 0)) {
        this.#agenda.shift()!.begin();
        await scheduler.settle();
      }
      if (scheduler.parked.length === 0) return;
      if (scheduler.steps >= scenario.horizon && this.#agenda.length === 0 && scenario.order !== "fair") return;
      await this.#takeOne();
      this.#worldGoesOn();
    }
  }

  async #takeOne(): Promise<void> {
    const world = this.#world;
    const { scheduler } = world;
    if (scheduler.steps >= MOST_CALLS) throw new Error(`after ${MOST_CALLS} calls it has not ended`);
    const number = scheduler.steps + 1;
    this.#options.before?.(world, number);
    await scheduler.settle();
    if (scheduler.parked.length === 0) return;
    const call = this.#pick();
    scheduler.now += 1 + world.below(world.isCalm ? 100 : 1000);
    await scheduler.take(call, this.#fateOf(call, number));
  }

  #pick(): ParkedCall {
    const world = this.#world;
    const { parked } = world.scheduler;
    if (world.scenario.order === "fair") return parked[0]!;
    if (world.scenario.order === "chance") return parked[world.below(parked.length)]!;
    const weights = parked.map(({ process }) => this.#weightOf(process.number));
    let left = world.chance() * weights.reduce((sum, weight) => sum + weight, 0);
    return parked[weights.findIndex((weight) => (left -= weight) < 0)] ?? parked.at(-1)!;
  }

  #weightOf(process: number): number {
    const known = this.#weights.get(process);
    if (known !== undefined) return known;
    const weight = this.#world.chance() < 0.3 ? 0.03 : 1;
    this.#weights.set(process, weight);
    return weight;
  }

  #fateOf(call: ParkedCall, number: number): Fate {
    const given = this.#options.fateOf?.(call, number);
    if (given !== undefined) return given;
    if (this.#world.isCalm) return "perform";
    const { scenario, chance } = this.#world;
    if (scenario.faulty !== undefined && scenario.faulty !== call.name) return "perform";
    const { lose, repeat, refuse, late, kill } = scenario.faults;
    if (chance() < kill) return KILLS[this.#world.below(KILLS.length)]!;
    if (call.unavailable === undefined) return "perform";
    if (call.changes && chance() < lose) return "lose";
    if (call.changes && chance() < repeat) return "repeat";
    if (call.changes && late > 0 && chance() < late) return "late";
    return chance() < refuse ? "refuse" : "perform";
  }

  /** What happens to the world beside the processes. */
  #worldGoesOn(): void {
    const world = this.#world;
    if (world.scenario.consumer && world.chance() < 0.1) world.consume();
    if (world.mutation.sweepsByAge && world.chance() < 0.01) world.sweepByAge();
    if (world.scenario.clockJumps && world.chance() < 0.02) {
      const processes = world.scheduler.processes.filter(({ state }) => state === "alive");
      const process = processes[world.below(processes.length)];
      if (process !== undefined) process.skewMs += world.chance() < 0.5 ? HOUR : -HOUR;
    }
  }

  #killAll(): void {
    const { scheduler, chance } = this.#world;
    for (const process of scheduler.processes) scheduler.kill(process, () => chance() < 0.3);
  }

  async #untilNobodyWaits(): Promise<void> {
    while (this.#world.scheduler.parked.length > 0) await this.#takeOne();
  }

  /** Only the sweeper is at work, and then the courier, twice; everybody else stands still. */
  async #recover(): Promise<void> {
    const world = this.#world;
    for (let round = 0; round < SWEEPS; round++) {
      await this.#alone(() => world.sweep());
      await this.#alone(() => world.deliver());
    }
  }

  async #alone(begin: () => void): Promise<void> {
    const { scheduler } = this.#world;
    const before = scheduler.processes.length;
    begin();
    await scheduler.settle();
    for (;;) {
      const call = scheduler.parked.find(({ process }) => process.number > before);
      if (call === undefined) return;
      if (scheduler.steps >= MOST_CALLS) throw new Error(`after ${MOST_CALLS} calls it has not ended`);
      scheduler.now += 10;
      await scheduler.take(call, "perform");
    }
  }

  /** Healthy runs, after the last record has turned up. */
  async #catchUp(): Promise<void> {
    const world = this.#world;
    while (world.source.clock < endOfSource(world)) this.#tick();
    if (!world.flows.has(FLOW)) world.flows.set(FLOW, world.newFlow());
    for (let run = 0; run < CATCH_UP_RUNS; run++) {
      world.scheduler.now += HOUR;
      await this.#alone(() => world.trigger(world.scenario.ticks + run));
      await this.#recover();
    }
  }

  async #tidyUp(): Promise<void> {
    const world = this.#world;
    if (!world.flows.has(FLOW)) world.flows.set(FLOW, world.newFlow());
    world.scheduler.now += DAY;
    await this.#alone(() => world.tidyUp());
  }
}

/** When everything has turned up, and windows end behind it. */
function endOfSource({ source, scenario }: World): number {
  return source.lastTime + Math.max(1, scenario.lag);
}

const KILLS: readonly Fate[] = ["kill-before", "kill-after", "kill-in-flight"];
