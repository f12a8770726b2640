import * as at from "./state.ts";
import type { State } from "./state.ts";
import type { StepName } from "./step.ts";

/** One line: the step, and every value that it changed. */
export function describeChange(name: StepName, before: State, after: State): string {
  const changes = changesOf([], before, after).map(({ path, was, is }) => `${path}: ${was} → ${is}`);
  return `${name.padEnd(25)} ${changes.join("; ")}`.trimEnd();
}

interface Change {
  readonly path: string;
  readonly was: string;
  readonly is: string;
}

function changesOf(path: readonly string[], before: unknown, after: unknown): readonly Change[] {
  if (typeof before !== "object" || before === null) {
    if (before === after) return [];
    return [{ path: path.join("."), was: wordFor(path, before), is: wordFor(path, after) }];
  }
  const [was, is] = [before, after] as [Record<string, unknown>, Record<string, unknown>];
  return Object.keys(was).flatMap((key) => changesOf([...path, key], was[key], is[key]));
}

function wordFor(path: readonly string[], value: unknown): string {
  const key = path.at(-1)!;
  const words = key === "step" ? WORDS[path[0]!] : WORDS[key];
  if (words !== undefined) return words[Number(value)]!;
  if (SETS.has(key)) return `{${[...Array(8).keys()].filter((record) => (Number(value) >> record) & 1).join(",")}}`;
  if (value === at.NONE) return "none";
  return key === "next" && value === at.END ? "END" : String(value);
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  state: at.RUN_STATES,
  data: at.UPLOADS,
  error: at.UPLOADS,
  workers: at.WORKER_STEPS,
  coordinators: at.COORDINATOR_STEPS,
};

/** Values that are sets of records, or of objects. */
const SETS = new Set(["visible", "seen", "seen0", "records", "parts", "done"]);
