import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectors } from "../../connectors/index.ts";
import { checkFlow } from "../../src/app.ts";
import { openStores } from "../../src/cli/local-engine.ts";
import { runFlowOnce } from "../../src/cli/run-flow-once.ts";
import { createHttpClient } from "../../src/sdk/http/create-http-client.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { connectTo } from "../../test/support/saas/connect-to.ts";
import { measure } from "./measure.ts";

interface SourceJob {
  readonly connector: string;
  readonly settings: JsonObject;
  /** Of the stand-in. */
  readonly origin: string;
  readonly credentials: JsonObject;
  /** A folder. */
  readonly output: string;
}

// node bench/runners/source.ts <job as JSON>
const { connector, settings, origin, credentials, output } = JSON.parse(process.argv[2]!) as SourceJob;

const checked = checkFlow(
  {
    flowName: "job",
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: connector,
      connectorProfileName: "profile",
      sourceConnectorProperties: { [connector]: settings },
    },
    destinationFlowConfigList: [
      { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "bench-out" } } },
    ],
    tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { [connector]: "NO_OP" } }],
  },
  { connectors, strict: false },
);
if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
const http = createHttpClient({ allowed: new Set([origin]) });
const stores = await openStores({ folder, database: ":memory:", buckets: new Map([["bench-out", output]]) });
const ports = {
  ...stores,
  connect: async (to: (typeof connectors)[number]) =>
    connectTo(to, { properties: { instanceUrl: origin }, credentials, send: http.send }).connection,
};

await measure(async () => {
  const run = await runFlowOnce(checked, ports, { signal: new AbortController().signal, shouldStop: () => false });
  if (run.state !== "published") throw new Error(run.message);
  return { written: run.counts.destinations[0]!.written, bytes: run.counts.bytesRead };
});

await http.close();
stores.close();
await rm(folder, { recursive: true, force: true });
