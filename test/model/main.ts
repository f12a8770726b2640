import { parseArgs } from "node:util";
import { explore } from "./explore.ts";
import type { Explored } from "./explore.ts";
import { rulesOf } from "./rules.ts";
import { PUBLISHED } from "./state.ts";
import { walk } from "./walk.ts";
import { HARMLESS, WEAKENINGS } from "./weakenings.ts";
import type { Weakening, WeakeningSheet } from "./weakenings.ts";
import { WITNESSES, witnessesOf } from "./witnesses.ts";
import { WORLDS } from "./worlds.ts";
import type { KnownWorld, WorldName } from "./worlds.ts";

/*
 * The commit protocol, searched: all worlds whole, all weakenings, and on demand random ways through a large world.
 */

const HELP = `npm run model -- [name …] [options]

Searches the model of the commit protocol. Names are worlds or weakenings; without any, all.

  --walk SECONDS  instead: random ways through a world too large to be searched
  --seed N        where the random ways begin (default 1)
  --list          print the names
  --help

Prints tables in Markdown; progress goes to stderr. Exit code 0: all as recorded; 1: something is not, and how one gets
there is printed; 2: wrong usage. All of it takes about ten minutes and 1.2 GB: docs/commit-model.md.
`;

const OPTIONS = {
  walk: { type: "string" },
  seed: { type: "string", default: "1" },
  list: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const WALK_STEPS = 600;
const PROGRESS_MS = 5000;
const [WORLD_NAMES, WEAKENING_NAMES] = [Object.keys(WORLDS) as WorldName[], Object.keys(WEAKENINGS)];
const HARMLESS_NAMES = Object.keys(HARMLESS);
const ALL_NAMES: readonly string[] = [...WORLD_NAMES, ...WEAKENING_NAMES, ...HARMLESS_NAMES];
/** Where a weakening that nobody notices is looked for. */
const HARMLESS_WORLDS: readonly WorldName[] = ["consumer", "versions", "recreate", "tworuns", "segments", "fanout"];

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  const parsed = parse(args);
  if (typeof parsed === "string") {
    process.stderr.write(`${parsed}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals: names } = parsed;
  if (values.help) print(HELP.trimEnd());
  else if (values.list) print(ALL_NAMES.join("\n"));
  else if (values.walk !== undefined) return walkFor(Number(values.walk), Number(values.seed)) ? 0 : 1;
  else return searchAll(names.length === 0 ? ALL_NAMES : names) ? 0 : 1;
  return 0;
}

function parse(args: readonly string[]) {
  try {
    const parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const { walk: seconds, seed } = parsed.values;
    const unknown = parsed.positionals.filter((name) => !ALL_NAMES.includes(name));
    if (unknown.length > 0)
      return `no world or weakening ${unknown.map((name) => `\`${name}\``).join(", ")}: see --list`;
    if (seconds !== undefined && !(Number(seconds) > 0)) return `--walk ${seconds}: give a number of seconds`;
    return Number.isSafeInteger(Number(seed)) ? parsed : `--seed ${seed}: give a whole number`;
  } catch (error) {
    return (error as Error).message;
  }
}

function searchAll(names: readonly string[]): boolean {
  const begun = performance.now();
  const worlds = WORLD_NAMES.filter((name) => names.includes(name));
  const weakenings = WEAKENING_NAMES.filter((name) => names.includes(name)) as (keyof typeof WEAKENINGS)[];
  const harmless = HARMLESS_NAMES.filter((name) => names.includes(name)) as Weakening[];
  const good = [
    ...table(worlds, ["world", "states", "transitions", "depth", "seconds", "MB"], searchWorld),
    ...table(weakenings, ["weakening", "breaks", "steps", "world", "states"], searchWeakening),
    ...table(harmless, ["weakening that nobody notices", "states"], searchHarmless),
  ];
  const { maxRSS } = process.resourceUsage();
  print(
    `${seconds(begun)} seconds, ${Math.round(maxRSS / 1024)} MB at most; ${good.filter((each) => !each).length} wrong`,
  );
  return good.every(Boolean);
}

/** Prints a row as soon as it is known; tells of each whether it is as recorded. */
function table<Name>(names: readonly Name[], head: readonly string[], search: (name: Name) => Result): boolean[] {
  if (names.length === 0) return [];
  print(`| ${head.join(" | ")} |\n|${head.map(() => "---|").join("")}`);
  const results = names.map((name) => {
    const result = search(name);
    print(`| ${result.cells.join(" | ")} |`);
    return result;
  });
  print("");
  for (const { wrong } of results) if (wrong !== undefined) print(`WRONG ${wrong}\n`);
  return results.map(({ wrong }) => wrong === undefined);
}

interface Result {
  readonly cells: readonly (string | number)[];
  /** How it is not as recorded. */
  readonly wrong?: string;
}

function searchWorld(name: WorldName): Result {
  const begun = performance.now();
  const known: KnownWorld = WORLDS[name];
  const explored = explore(rulesOf(known.world), { watch: witnessesOf(name), progress: progressOf(name) });
  const { states, transitions, depth, bytes, seen } = explored;
  const cells = [name, count(states), count(transitions), depth, seconds(begun), Math.round(bytes / 1e6)];
  const missing = Object.keys(WITNESSES).filter((each) => WITNESSES[each]!.world === name && !seen.has(each));
  if (explored.found !== undefined) return { cells, wrong: `${name}: ${findingOf(explored)}` };
  if (missing.length > 0) return { cells, wrong: `${name}: never met that ${missing.join("; that ")}` };
  const isAsKnown = states === known.states && transitions === known.transitions && depth === known.depth;
  const recorded = `${count(known.states)} states, ${count(known.transitions)} transitions, depth ${known.depth}`;
  return isAsKnown ? { cells } : { cells, wrong: `${name}: recorded are ${recorded}` };
}

function searchWeakening(name: keyof typeof WEAKENINGS): Result {
  const { world, breaks, steps }: WeakeningSheet = WEAKENINGS[name];
  const rules = rulesOf(WORLDS[world].world, [name]);
  const explored = explore(rules, { noticedOnly: true, recovery: breaks.startsWith("L"), progress: progressOf(name) });
  const { found, states } = explored;
  const cells = [name, found?.what ?? "nothing", found?.trace.length ?? "", world, count(states)];
  if (found === undefined) return { cells, wrong: `${name}: nothing is noticed in ${world}` };
  const isAsKnown = found.what.startsWith(`${breaks}:`) && found.trace.length === steps;
  return isAsKnown
    ? { cells }
    : { cells, wrong: `${name}: recorded is ${breaks} after ${steps}. ${findingOf(explored)}` };
}

function searchHarmless(name: Weakening): Result {
  let states = 0;
  for (const world of HARMLESS_WORLDS) {
    const rules = rulesOf(WORLDS[world].world, [name]);
    const explored = explore(rules, { noticedOnly: true, progress: progressOf(`${name} in ${world}`) });
    states += explored.states;
    if (explored.found !== undefined) {
      return { cells: [name, count(states)], wrong: `${name} is noticed in ${world}: ${findingOf(explored)}` };
    }
  }
  return { cells: [name, count(states)] };
}

function findingOf({ found }: Explored): string {
  return `${found!.what}\n${found!.trace.map((line, i) => `${i + 1}. ${line}`.trimEnd()).join("\n")}`;
}

function walkFor(forSeconds: number, firstSeed: number): boolean {
  const until = performance.now() + forSeconds * 1000;
  let [seed, steps, published] = [firstSeed, 0, 0];
  for (; performance.now() < until; seed++) {
    const { steps: taken, end, found } = walk(seed, WALK_STEPS);
    steps += taken;
    published += end.runs.filter(({ state }) => state === PUBLISHED).length;
    if (found !== undefined) {
      print(`WRONG seed ${seed}: ${found.what}\n${found.trace.join("\n")}`);
      return false;
    }
  }
  print(`seeds ${firstSeed} to ${seed - 1}: ${count(steps)} steps, ${count(published)} runs published, nothing wrong`);
  return true;
}

/** Tells now and then how far a search is. */
function progressOf(name: string): (found: { readonly states: number; readonly depth: number }) => void {
  let told = performance.now();
  return ({ states, depth }) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    process.stderr.write(`${name}: ${count(states)} states, depth ${depth}\n`);
  };
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

function count(value: number): string {
  return value.toLocaleString("en-GB").replaceAll(",", " ");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
