import { join } from "node:path";
import { createEmbeddedRuns } from "../../../src/adapters/durable/embedded-runs.ts";
import { SqliteExecutions } from "../../../src/adapters/durable/sqlite-executions.ts";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { createPortsIn } from "./run-folder.ts";

/* A process that carries out the run `run` of the folder that the first argument names, so many slices of it at once, and ends. */

const [folder, width] = [process.argv[2]!, Number(process.argv[3])];
const database = openDatabase(join(folder, "runs.db"));
const executions = new SqliteExecutions(join(folder, "executions.db"), Date.now);
const carryOut = createEmbeddedRuns({
  ports: createPortsIn(folder, database),
  executions,
  width,
  report: () => Promise.resolve(),
});
await carryOut("flow", "run", { signal: new AbortController().signal, shouldStop: () => false });
