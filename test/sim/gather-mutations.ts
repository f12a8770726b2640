import type { PlannedOutput } from "../../src/plan/run-plan.ts";
import type { Segment } from "../../src/run/segment.ts";
import { isDecided } from "../../src/run/transitions.ts";
import type { MutationSheet } from "./mutations.ts";
import { FLOW } from "./names.ts";
import type { SimPorts } from "./ports.ts";
import type { Process } from "./scheduler.ts";
import type { Role } from "./mutation.ts";
import type { World } from "./world.ts";

/*
 * Promises that the model does not know, because it has no files that several slices write together. Each is taken away like
 * those in mutations.ts.
 */

const GATHERED = { aggregation: "single-file", slices: 2 } as const;

export const GATHER_MUTATIONS = {
  gatherWithoutPiece: {
    how: "whoever gathers finds the segments of an undecided run without a piece",
    mutation: { ports: withoutPieces },
    scenario: GATHERED,
  },
  commitWithoutFile: {
    how: "the plan of an undecided run does not say that slices leave pieces, once they have done so",
    mutation: { ports: withoutGathering },
    scenario: GATHERED,
  },
} as const satisfies Record<string, MutationSheet>;

function withoutPieces(ports: SimPorts, _process: Process, _role: Role, world: World): SimPorts {
  const { runs } = ports;
  return {
    ...ports,
    runs: {
      ...runs,
      async *segments(flow, run, slice) {
        const isGathered = slice === undefined && !isDecided(world.tables.get(FLOW, run)!);
        for await (const segment of runs.segments(flow, run, slice)) {
          yield isGathered && world.chance() < 0.3 ? withoutPiece(segment) : segment;
        }
      },
    },
  };
}

function withoutPiece(segment: Segment): Segment {
  const list = "list" in segment.files ? segment.files.list : [];
  return { ...segment, files: { list: list.filter(({ kind }) => kind !== "piece") } };
}

function withoutGathering(ports: SimPorts, _process: Process, _role: Role, world: World): SimPorts {
  const { runs } = ports;
  return {
    ...ports,
    runs: {
      ...runs,
      async get(flow, id) {
        const run = await runs.get(flow, id);
        const ended = world.tables.segments(FLOW, id).filter(({ end }) => end.type === "end").length;
        if (run?.plan === undefined || isDecided(run) || ended < world.scenario.slices) return run;
        const outputs = run.plan.outputs.map(withoutPiecesPlace);
        return { ...run, plan: { ...run.plan, outputs } };
      },
    },
  };
}

function withoutPiecesPlace(output: PlannedOutput): PlannedOutput {
  const { pieces: _, ...rest } = output;
  return rest;
}
