import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readConfig } from "../config.ts";
import { findRun } from "../run/find-run.ts";
import type { Run } from "../run/run.ts";
import { parseBuckets, s3Options } from "./bucket-options.ts";
import { openCloudStores } from "./cloud-stores.ts";
import { UsageError } from "./commands/command.ts";
import { DATABASE_FILE, openStores } from "./local-engine.ts";
import type { LocalStores } from "./local-engine.ts";

/** What every command takes that works on what `millrace dev` keeps. */
export const DATA_OPTIONS = {
  data: { type: "string" },
  table: { type: "string" },
  staging: { type: "string" },
  bucket: { type: "string", multiple: true, default: [] as string[] },
  s3: { type: "boolean", default: false },
} as const;

export const DATA_HELP = `  --data DIR          where the engine keeps everything (default: MILLRACE_DATA, else .millrace)
  --table NAME        the DynamoDB table of flows and runs, as it was given to \`millrace dev\` (default: MILLRACE_TABLE)
  --staging NAME      its staging bucket in Amazon S3, as it was given there (default: MILLRACE_STAGING_BUCKET)
  --bucket NAME=DIR   a bucket that is elsewhere than in DIR/buckets, as it was given to \`millrace dev\`
  --s3                every bucket without a folder is in Amazon S3, with the credentials of the environment`;

export interface DataValues {
  readonly data?: string | undefined;
  readonly table?: string | undefined;
  readonly staging?: string | undefined;
  readonly bucket: readonly string[];
  readonly s3: boolean;
}

/** Opens what an engine keeps, on this machine or in a table, whether it runs or not, and closes it after `use`. */
export async function withData<Result>(
  values: DataValues,
  use: (stores: LocalStores) => Promise<Result>,
): Promise<Result> {
  const config = readConfig();
  const folder = resolve(values.data ?? config.dataFolder);
  const table = values.table ?? config.table;
  const database = join(folder, DATABASE_FILE);
  if (table === undefined && !existsSync(database)) {
    throw new UsageError(`${folder} holds no engine's data: say where it is, with --data DIR or --table NAME`);
  }
  const cloud = table === undefined ? undefined : await openCloudStores(table, config);
  const local = await openStores({
    folder,
    database: cloud === undefined ? database : ":memory:",
    buckets: parseBuckets(values.bucket),
    s3: s3Options(values.s3),
    stagingBucket: values.staging ?? config.stagingBucket,
  });
  try {
    return await use({ ...local, ...cloud?.stores });
  } finally {
    local.close();
    cloud?.close();
  }
}

/** The run of that id; fails when there is none. */
export async function requireRun(id: string, stores: LocalStores): Promise<Run> {
  const run = await findRun(id, stores);
  if (run === undefined)
    throw new UsageError(`there is no run ${id}; \`millrace runs list\` shows those that there are`);
  return run;
}
