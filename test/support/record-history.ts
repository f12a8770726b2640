import fc from "fast-check";
import { expect } from "vitest";
import type { Schedule } from "../../src/flow/schedule.ts";
import type { RunControl } from "../../src/run/execute-run.ts";
import type { Run } from "../../src/run/run.ts";
import type { Task } from "../../src/tasks/task.ts";
import { RecordSystem } from "./record-system.ts";
import type { SystemRecord } from "./record-system.ts";
import { RunWorld } from "./run-world.ts";

/** In milliseconds of a system whose time begins at 0. */
export const LOOKBACK = 20;
export const LAG = 5;

/** What happens to a system, and to the flow that reads it. */
export type Step =
  | { readonly type: "write"; readonly id: string; readonly lateMs: number }
  | { readonly type: "delete"; readonly id: string }
  | { readonly type: "wait"; readonly ms: number }
  | {
      readonly type: "run";
      readonly how: "whole" | "failed" | "cancelled" | "cut";
      readonly during: readonly Exclude<Step, { type: "run" }>[];
    };

export interface History {
  readonly pageSize: number;
  readonly steps: readonly Step[];
}

/** Histories of records that queries find up to so many milliseconds late, and of runs that fail, end early and go on. */
export function history(latest: number): fc.Arbitrary<History> {
  const id = fc.constantFrom("a", "b", "c", "x", "y", "z");
  const lateMs = fc.oneof(fc.constant(0), fc.constant(latest), fc.nat(latest));
  const write = fc.record({ type: fc.constant("write" as const), id, lateMs });
  const remove = fc.record({ type: fc.constant("delete" as const), id });
  const wait = fc.record({ type: fc.constant("wait" as const), ms: fc.constantFrom(0, 1, 2, LAG, LOOKBACK, 50) });
  const during = fc.array(fc.oneof(write, remove, wait), { maxLength: 6 });
  const how = fc.constantFrom(
    "whole" as const,
    "whole" as const,
    "failed" as const,
    "cancelled" as const,
    "cut" as const,
  );
  const run = fc.record({ type: fc.constant("run" as const), how, during });
  const step = fc.oneof(
    { weight: 5, arbitrary: write },
    { weight: 1, arbitrary: remove },
    { weight: 3, arbitrary: wait },
    { weight: 3, arbitrary: run },
  );
  return fc.record({ pageSize: fc.constantFrom(1, 2, 10), steps: fc.array(step, { maxLength: 25 }) });
}

/**
 * Lets a history happen, and time go on until everything can be found. `moment` is called whenever something may have
 * changed in the stores. Answers with the edits that a run has to deliver: those that were not edited away or deleted before.
 */
export async function play(
  flow: RecordFlow,
  steps: readonly Step[],
  moment: () => void = () => {},
): Promise<readonly number[]> {
  const { system } = flow;
  system.now = 1000;
  const written: SystemRecord[] = [];
  const gone = new Set<number>();
  const leave = (id: string) => {
    for (const { edit, id: other } of written) if (other === id) gone.add(edit);
  };
  const take = (step: Exclude<Step, { type: "run" }>): void => {
    if (step.type === "wait") system.now += step.ms;
    else {
      leave(step.id);
      if (step.type === "delete") system.delete(step.id);
      else written.push(system.write(step.id, step.lateMs));
    }
  };
  for (const step of steps) {
    moment();
    if (step.type !== "run") take(step);
    else {
      const left = [...step.during];
      system.beforePage = () => {
        moment();
        const next = left.shift();
        if (next !== undefined) take(next);
        system.broken = step.how === "failed" && left.length === 0;
      };
      await flow.run(step.how);
      system.beforePage = () => {};
      system.broken = false;
    }
  }
  moment();
  system.now += LOOKBACK + LAG + 1;
  return written.filter(({ edit }) => !gone.has(edit)).map(({ edit }) => edit);
}

/** Fails unless each of these edits is delivered, and none of all that are is delivered twice. */
export function expectOnce(flow: RecordFlow, due: readonly number[]): void {
  const delivered = flow.delivered.map(({ edit }) => edit);
  expect(new Set(delivered).size).toBe(delivered.length);
  expect(due.filter((edit) => !delivered.includes(edit))).toEqual([]);
}

/** A flow from the system to JSON lines. */
export class RecordFlow {
  readonly system = new RecordSystem();
  readonly source;
  /** What all runs have written. */
  readonly lines: string[] = [];
  readonly world: RunWorld;

  constructor(pageSize: number, tasks: readonly Task[] = [{ type: "map-all", index: 0, exclude: [] }]) {
    this.source = this.system.source(pageSize, { lookbackMs: LOOKBACK, lagMs: LAG });
    const schedule = { pull: "incremental", offsetMs: 0 } as Schedule;
    this.world = new RunWorld({
      source: this.source,
      definition: { trigger: { type: "scheduled", schedule }, tasks },
    });
  }

  async run(how: "whole" | "failed" | "cancelled" | "cut" = "whole"): Promise<Run> {
    const controller = new AbortController();
    let left = 2;
    const control: Partial<RunControl> = {
      width: 2,
      signal: controller.signal,
      shouldStop: () => how === "cut" && left-- <= 0,
      ...(how === "cancelled" && { progress: () => controller.abort() }),
    };
    let run = await this.world.run(control);
    for (; run.endedAt === undefined; left = 2) run = await this.world.execute(run.id, control);
    await this.collect();
    if (how === "whole") expect(run.state).toBe("published");
    return run;
  }

  /** Takes away what runs have written, as whoever reads it may. */
  async collect(): Promise<void> {
    for (const key of this.#keys("")) {
      this.lines.push(...this.#linesOf(key));
      await this.world.objects.delete("out", key);
    }
  }

  /** A record that runs find from now on. */
  write(id: string): void {
    this.system.write(id);
    this.system.now += LAG;
  }

  get delivered(): readonly SystemRecord[] {
    return this.lines.map((line) => JSON.parse(line) as SystemRecord);
  }

  errors(): readonly unknown[] {
    return this.#keys("_millrace/errors/").flatMap((key) =>
      this.#linesOf(key).map((line) => JSON.parse(line) as unknown),
    );
  }

  #keys(prefix: string): readonly string[] {
    const keys = this.world.objects.keys("out").filter((key) => key.startsWith(prefix));
    return prefix === "" ? keys.filter((key) => !key.startsWith("_millrace/")) : keys;
  }

  #linesOf(key: string): readonly string[] {
    return this.world.objects.text("out", key).trim().split("\n");
  }
}
