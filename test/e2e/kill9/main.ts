import { parseArgs } from "node:util";
import { killRuns } from "./kill-runs.ts";

const HELP = `npm run kill9 -- [options]

Kills a local engine with SIGKILL again and again while runs are under way, then looks for records that are lost or doubled,
for partial or stray objects, for runs of which nobody was told, for flows that are stuck, and for files that are left over.

  --kills N   how often (default 600, about an hour)
  --seed N    what chance begins with (default: the time)
  --help

Prints what it found as JSON; exit code 0: nothing is wrong; 1: something is; 2: wrong usage.
`;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "600" },
    seed: { type: "string", default: String(Date.now()) },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await main(Number(values.kills), Number(values.seed));

async function main(kills: number, seed: number): Promise<number> {
  if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
    process.stderr.write(HELP);
    return 2;
  }
  process.stderr.write(`seed ${seed}\n`);
  const found = await killRuns({
    kills,
    seed,
    report: (line) => process.stderr.isTTY && process.stderr.write(`\r${line} `),
  });
  process.stdout.write(`${JSON.stringify({ seed, ...found }, undefined, 2)}\n`);
  const { failed, otherRecords, faults, untold, strays, stuck, leftovers } = found;
  const wrong = [failed, otherRecords, faults, untold, strays, stuck, leftovers].some((list) => list.length > 0);
  return wrong ? 1 : 0;
}
