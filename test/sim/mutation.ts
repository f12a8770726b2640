import type { RunChange } from "../../src/run/run-store.ts";
import type { Run } from "../../src/run/run.ts";
import type { SimPorts } from "./ports.ts";
import type { Process } from "./scheduler.ts";
import type { World } from "./world.ts";

/** What a process is there for. */
export type Role =
  | "trigger"
  | "coordinator"
  | "worker"
  | "sweeper"
  | "canceller"
  | "operator"
  | "owner"
  | "janitor"
  | "courier";

/** The code under test without one of its promises, brought about from outside of it. */
export interface Mutation {
  /** Conditions of a write that the store does not look at. `stored`: the run that is written, as it is. */
  readonly ignores?: (change: RunChange, stored: Run | undefined) => readonly (keyof RunChange)[];
  /** What is written instead, one after the other. */
  readonly splits?: (change: RunChange) => readonly RunChange[];
  /** Other ports than those that a process should have. */
  readonly ports?: (ports: SimPorts, process: Process, role: Role, world: World) => SimPorts;
  /** Uploads are aborted by age, whatever their run's state. */
  readonly sweepsByAge?: true;
  /** Two that complete one upload at the same time: the second is refused, and the upload is destroyed. */
  readonly conflictsOnComplete?: true;
  /** Cancelling answers before its write. */
  readonly answersEarly?: true;
  /** The sweeper takes back what was decided. */
  readonly rollsBack?: true;
  /** The cursor counts rows. */
  readonly pagesByOffset?: true;
}
