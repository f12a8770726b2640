import { parseArgs } from "node:util";
import { CAMPAIGNS } from "./campaigns.ts";
import type { CampaignName, Point } from "./campaigns.ts";
import { findMutant, MUTANTS, sheetOf } from "./find-mutant.ts";
import type { MutantName } from "./find-mutant.ts";
import { search, seedsFrom } from "./search.ts";

/*
 * The life of a run, simulated: the code under test with everything outside of it in one thread, where every call waits
 * for its turn, and may fail.
 */

const HELP = `npm run sim -- [campaign …] [options]

Simulates runs, and looks for records that are lost, doubled or half there. Without a name, all campaigns, and
then every promise that is taken away:

${Object.entries(CAMPAIGNS)
  .map(([name, { means }]) => `  ${name.padEnd(12)} ${means}`)
  .join("\n")}

  --seeds N     how many seeds of each campaign (default 1000; one, where --seed is given)
  --seed S      the first of them (default 1)
  --at N        crash, cancel: only at that call
  --fate F      crash: only this
  --trace       print what happened, too, where nothing is wrong
  --mutants     instead: only the promises that are taken away; names are weakenings, --seeds 10000
  --help

Progress goes to stderr. Exit code 0: nothing is wrong; 1: something is, and how to see it again is printed, with all that
happened; 2: wrong usage. The same seed gives the same history, to the letter: docs/commit-model.md.
`;

const OPTIONS = {
  seeds: { type: "string" },
  seed: { type: "string" },
  at: { type: "string" },
  fate: { type: "string" },
  trace: { type: "boolean", default: false },
  mutants: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const SEEDS = 1000;
const MUTANT_SEEDS = 10_000;
/** The seeds of these have a history for each call. */
const LONG: readonly string[] = ["crash", "cancel"];
const LONG_SHARE = 20;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") {
    process.stderr.write(`${parsed}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals: names } = parsed;
  if (values.help) print(HELP.trimEnd());
  else if (values.mutants)
    return (await findMutants(names as MutantName[], Number(values.seeds ?? MUTANT_SEEDS))) ? 0 : 1;
  else if (values.trace) await printTraces(names as CampaignName[], Number(values.seed ?? 1), pointOf(values));
  else {
    const good = await searchAll(names as CampaignName[], values);
    // Whoever asks for everything is told, too, that the search could find something.
    if (names.length > 0) return good ? 0 : 1;
    print("");
    return (await findMutants([], MUTANT_SEEDS)) && good ? 0 : 1;
  }
  return 0;
}

function parse(args: readonly string[]) {
  try {
    const parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const { values, positionals } = parsed;
    const known: readonly string[] = Object.keys(values.mutants ? MUTANTS : CAMPAIGNS);
    const unknown = positionals.filter((name) => !known.includes(name));
    if (unknown.length > 0)
      return `no ${unknown.map((name) => `\`${name}\``).join(", ")}: there is ${known.join(", ")}`;
    if (values.trace && positionals.length === 0) return "--trace: say which campaign";
    const numbers = [values.seeds, values.seed, values.at].filter((text) => text !== undefined);
    const wrong = numbers.find((text) => !(Number.isSafeInteger(Number(text)) && Number(text) > 0));
    return wrong === undefined ? parsed : `${wrong}: give a whole number above 0`;
  } catch (error) {
    return (error as Error).message;
  }
}

type Values = Exclude<ReturnType<typeof parse>, string>["values"];

function pointOf({ at, fate }: Values): Point {
  return { at: at === undefined ? undefined : Number(at), fate };
}

async function searchAll(names: readonly CampaignName[], values: Values): Promise<boolean> {
  const chosen = names.length > 0 ? names : (Object.keys(CAMPAIGNS) as CampaignName[]);
  print(
    "| campaign | seeds | histories | calls | faults | runs published | aborted | steps of the model | seconds | wrong |",
  );
  print("|---|---|---|---|---|---|---|---|---|---|");
  let good = true;
  for (const name of chosen) {
    const begun = performance.now();
    const usual = LONG.includes(name) ? SEEDS / LONG_SHARE : SEEDS;
    const count = Number(values.seeds ?? (values.seed === undefined ? usual : 1));
    const found = await search(name, seedsFrom(Number(values.seed ?? 1), count), pointOf(values));
    const { histories, calls, faults, published, aborted, steps, wrong } = found;
    const numbers = [count, histories, calls, faults, published, aborted, steps, seconds(begun), wrong.length];
    print(`| ${[name, ...numbers].join(" | ")} |`);
    for (const each of wrong) print(`\nWRONG ${each}\n`);
    good &&= wrong.length === 0 && histories > 0;
  }
  return good;
}

async function printTraces(names: readonly CampaignName[], seed: number, point: Point): Promise<void> {
  for (const name of names) {
    for await (const history of CAMPAIGNS[name].cases(seed, point)) {
      const { wrong, trace } = await history.run(true);
      print([`npm run sim -- ${name} ${history.flags}`, ...trace, wrong ?? "nothing is wrong"].join("\n"));
    }
  }
}

async function findMutants(names: readonly MutantName[], seeds: number): Promise<boolean> {
  const chosen = names.length > 0 ? names : (Object.keys(MUTANTS) as MutantName[]);
  print("| weakening | how | caught by seed | what is noticed | seconds |\n|---|---|---|---|---|");
  let good = true;
  for (const name of chosen) {
    const begun = performance.now();
    const caught = await findMutant(name, seeds);
    const noticed = caught?.wrong.split("\n")[0]!.replaceAll("|", "/") ?? "NOTHING";
    print(`| ${[name, sheetOf(name).how, caught?.seed ?? "", noticed, seconds(begun)].join(" | ")} |`);
    good &&= caught !== undefined;
  }
  return good;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
