import { mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { connectors } from "../../connectors/index.ts";
import { checkFlow } from "../../src/app.ts";
import { runFlowOnce } from "../../src/cli/run-flow-once.ts";
import { openStores } from "../../src/cli/local-engine.ts";
import { listFiles } from "../../src/run/publish-set.ts";
import type { Json } from "../../src/sdk/json.ts";
import { flowRequest } from "../job.ts";
import type { Format } from "../job.ts";
import { measure } from "./measure.ts";

// node bench/runners/millrace.ts <from> <to> <input> <output>
const [from, to, input, output] = process.argv.slice(2) as [Format, Format, string, string];

const checked = checkFlow(flowRequest(from, to) as Json, { connectors, strict: false });
if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
const buckets = new Map([
  ["bench-in", dirname(input)],
  ["bench-out", dirname(output)],
]);
const stores = await openStores({ folder, database: ":memory:", buckets });

await measure(async () => {
  const run = await runFlowOnce(checked, stores, { signal: new AbortController().signal, shouldStop: () => false });
  if (run.state !== "published") throw new Error(run.message);
  const [file] = await listFiles(run, stores);
  await rename(join(dirname(output), file!.upload.key), output);
  return run.counts.destinations[0]!.written;
});

stores.close();
await rm(folder, { recursive: true, force: true });
