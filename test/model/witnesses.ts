import { ABORTED, COMMITTED, FULL, NONE, OPEN, PUBLISHED, TAKEN, VISIBLE } from "./state.ts";
import type { Segment, Stored } from "./state.ts";
import type { WorldName } from "./worlds.ts";

/** A situation that must be reachable in the protocol as designed; else the invariants hold for nothing. */
export interface Witness {
  readonly world: WorldName;
  readonly isMet: (stored: Stored) => boolean;
}

export const WITNESSES: Readonly<Record<string, Witness>> = {
  "two runs are published, the late record in the second": {
    world: "tworuns",
    isMet: ({ runs: [first, second] }) =>
      first!.state === PUBLISHED &&
      second!.state === PUBLISHED &&
      !has(first!.slices[0]![0]!, LATE) &&
      has(second!.slices[0]![0]!, LATE),
  },
  "two attempts are full at once, one is registered": {
    world: "tworuns2",
    isMet: ({ runs: [run] }) => {
      const { attempts, registered } = run!.slices[0]![0]!;
      return attempts.every(({ data }) => data === FULL) && registered !== NONE;
    },
  },
  "a committed run has one object visible and one not": {
    world: "fanout",
    isMet: ({ runs: [run] }) => {
      const [first, second] = run!.slices.map(([segment]) => segment!.attempts[segment!.registered]);
      return run!.state === COMMITTED && first?.data === VISIBLE && second?.error === FULL;
    },
  },
  "three segments of one chain, by different attempts, are published": {
    world: "segments",
    isMet: ({ runs: [run] }) => {
      const [first, second, third] = run!.slices[0]!.map(({ registered }) => registered);
      return run!.state === PUBLISHED && first === 1 && second !== NONE && third !== NONE;
    },
  },
  "a cancelled run ends ABORTED": {
    world: "tworuns",
    isMet: ({ runs: [run] }) => run!.state === ABORTED && run!.cancelled,
  },
  "an upload is created after its run was aborted": {
    world: "tworuns",
    isMet: ({ runs: [run] }) => run!.state === ABORTED && run!.slices[0]![0]!.attempts[0]!.data === OPEN,
  },
  "an object is moved away while its run is still COMMITTED": {
    world: "consumer",
    isMet: ({ runs: [run] }) => run!.state === COMMITTED && run!.slices[0]![0]!.attempts[0]!.data === TAKEN,
  },
  "the old incarnation's run is refused, the new one's published": {
    world: "recreate",
    isMet: ({ runs: [old, young] }) =>
      old!.state === ABORTED && old!.gen === 0 && young!.state === PUBLISHED && young!.gen === 1,
  },
};

/** The witnesses of one world, in the form in which a search looks out for them. */
export function witnessesOf(world: WorldName): Readonly<Record<string, Witness["isMet"]>> {
  const own = Object.entries(WITNESSES).filter(([, witness]) => witness.world === world);
  return Object.fromEntries(own.map(([name, { isMet }]) => [name, isMet]));
}

/** The record that turns up late in `tworuns`. */
const LATE = 1;

function has({ attempts }: Segment, record: number): boolean {
  return ((attempts[0]!.records >> record) & 1) === 1;
}
