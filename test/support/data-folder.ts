import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectors } from "../../connectors/index.ts";
import { checkFlow } from "../../src/app.ts";
import { DATABASE_FILE, openStores } from "../../src/cli/local-engine.ts";
import type { LocalStores } from "../../src/cli/local-engine.ts";
import { runFlowOnce } from "../../src/cli/run-flow-once.ts";
import type { RunControl } from "../../src/run/execute-run.ts";
import type { Run } from "../../src/run/run.ts";
import type { Json } from "../../src/sdk/json.ts";

/** The folder of an engine on this machine, as `millrace dev` keeps it, with the flow `orders` from the bucket `orders-in` to `lake`. */
export class DataFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(files: Readonly<Record<string, string>>): Promise<DataFolder> {
    const data = new DataFolder(await mkdtemp(join(tmpdir(), "millrace-data-")));
    for (const bucket of ["orders-in", "lake"]) await mkdir(data.bucket(bucket), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(data.bucket("orders-in"), name), text);
    return data;
  }

  bucket(name: string): string {
    return join(this.path, "buckets", name);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  /** Opens the stores, as a process of the engine does. */
  async with<Result>(use: (stores: LocalStores) => Promise<Result>): Promise<Result> {
    const stores = await openStores({
      folder: this.path,
      database: join(this.path, DATABASE_FILE),
      buckets: new Map(),
    });
    try {
      return await use(stores);
    } finally {
      stores.close();
    }
  }

  /** Makes the flow and carries a run of it as far as it goes. */
  run(output: Json = {}, control: Partial<RunControl> = {}, change = (stores: LocalStores) => stores): Promise<Run> {
    const checked = checkFlow(requestOf(output), { connectors, strict: false });
    if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
    const whole = { signal: new AbortController().signal, shouldStop: () => false, ...control };
    return this.with((stores) => runFlowOnce(checked, change(stores), whole));
  }
}

function requestOf(s3OutputFormatConfig: Json): Json {
  return {
    flowName: "orders",
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "S3",
      sourceConnectorProperties: {
        S3: { bucketName: "orders-in", bucketPrefix: "", s3InputFormatConfig: { s3InputFileType: "JSON" } },
      },
    },
    destinationFlowConfigList: [
      {
        connectorType: "S3",
        destinationConnectorProperties: { S3: { bucketName: "lake", s3OutputFormatConfig } },
      },
    ],
    tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } }],
  };
}
