import { once } from "node:events";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { TableError } from "../../adapters/aws/dynamo-error.ts";
import type { AccessKey } from "../../api/key-store.ts";
import { isPutEvents } from "../../api/put-events.ts";
import { readConfig } from "../../config.ts";
import { parseBuckets, s3Options } from "../bucket-options.ts";
import { DEV_USER } from "../dev-user.ts";
import { EXIT } from "../exit-codes.ts";
import { openEngine } from "../local-engine.ts";
import type { LocalEngine } from "../local-engine.ts";
import { serve } from "../serve.ts";
import { logLines, logText } from "../show-log.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

export const devCommand: Command = {
  name: "dev",
  summary: "serve AppFlow's API on this machine",
  help: `millrace dev [--port N] [--data DIR] [--bucket NAME=DIR …] [--s3] [--table NAME] [--staging NAME] [--json]
             [--insecure]

Serves AppFlow's API on 127.0.0.1 until Ctrl-C, with flows and runs in SQLite and buckets as folders. What was under way
when it ended goes on at the next start.

  --port N            the port; 0 takes any free one (default: MILLRACE_PORT, else 8787)
  --data DIR          where everything is kept (default: MILLRACE_DATA, else .millrace)
  --bucket NAME=DIR   a bucket that is elsewhere; otherwise the bucket NAME is the folder DIR/buckets/NAME
  --s3                every bucket without a folder is in Amazon S3, with the credentials of the environment
  --table NAME        flows, runs and profiles are in this DynamoDB table, credentials in Secrets Manager, with the
                      credentials of the environment (default: MILLRACE_TABLE, else in the data folder)
  --staging NAME      the bucket in Amazon S3 for what is too large for the table: processes that share both may go on with
                      each other's runs (default: MILLRACE_STAGING_BUCKET, else in the data folder)
  --json              print one line of JSON when ready: endpoint, region, accessKeyId, secretAccessKey; and the log, on
                      stderr, as lines of JSON with CloudWatch's metrics in them
  --insecure          take requests without a signature, too
  --strict            refuse whatever AppFlow refuses, even where this engine could do it (or MILLRACE_STRICT=1)

Then, in another terminal:
  aws appflow list-flows          # with the variables that it prints
  aws events put-events --endpoint-url URL --entries …    # for flows that run on events
`,
  run,
};

async function run(args: readonly string[], { terminal, interrupted }: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string" },
      data: { type: "string" },
      bucket: { type: "string", multiple: true, default: [] },
      s3: { type: "boolean", default: false },
      table: { type: "string" },
      staging: { type: "string" },
      json: { type: "boolean", default: false },
      insecure: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
    },
  });
  const environment = readConfig();
  const config = { ...environment, strict: environment.strict || values.strict };
  const folder = resolve(values.data ?? config.dataFolder);
  const log = values.json ? logLines(terminal) : logText(terminal);
  const callers = values.insecure ? "anyone" : "signed";
  const table = values.table ?? config.table;
  const stagingBucket = values.staging ?? config.stagingBucket;
  const [buckets, s3] = [parseBuckets(values.bucket), s3Options(values.s3)];
  let engine: LocalEngine;
  try {
    engine = await openEngine({ config, folder, buckets, s3, table, stagingBucket, callers, ...log });
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    terminal.note(error.message);
    return error.passes ? EXIT.transient : EXIT.usage;
  }
  const { app } = engine;
  const server = await serve((request) => (isPutEvents(request) ? app.putEvents(request) : app.handle(request)), {
    port: portOf(values.port) ?? config.port,
    hosts: config.hosts,
    report: log.report,
  });
  const key = await devKey(engine);
  const ready = {
    endpoint: server.url,
    region: config.place.region,
    accessKeyId: key.id,
    secretAccessKey: key.secret.reveal(),
  };
  if (values.json) terminal.print(JSON.stringify(ready));
  else welcome(ready, { folder, table }, terminal);
  const resumed = await engine.resume();
  if (resumed > 0) terminal.note(`${resumed} unfinished ${resumed === 1 ? "run goes" : "runs go"} on`);
  if (!interrupted.aborted) await once(interrupted, "abort");
  terminal.note("stopping; runs under way go on at the next start");
  await server.close();
  await engine.close();
  return EXIT.ok;
}

/** The key for the person at this machine; made at the first start, and when it was disabled or deleted. */
async function devKey({ keys, stores }: LocalEngine): Promise<AccessKey> {
  const existing = (await keys.list()).find(({ user, disabled }) => user === DEV_USER && !disabled);
  return existing ?? keys.issue({ user: DEV_USER, access: "full", createdAt: stores.now() });
}

interface Ready {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface Places {
  readonly folder: string;
  readonly table: string | undefined;
}

function welcome(
  { endpoint, region, accessKeyId, secretAccessKey }: Ready,
  { folder, table }: Places,
  terminal: Terminal,
): void {
  terminal.print(`${terminal.bold("Millrace")} serves AppFlow's API at ${endpoint}, from ${folder}

Point the AWS CLI and the SDKs at it:

  export AWS_ENDPOINT_URL_APPFLOW=${endpoint}
  export AWS_REGION=${region}
  export AWS_ACCESS_KEY_ID=${accessKeyId}
  export AWS_SECRET_ACCESS_KEY=${secretAccessKey}

  aws appflow list-flows

Buckets are folders in ${folder}/buckets.${table === undefined ? "" : inCloud(table)} Ctrl-C stops; the next start goes on.`);
}

function inCloud(table: string): string {
  return ` Flows, runs and profiles are in the DynamoDB table ${table}, credentials in Secrets Manager.`;
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new UsageError(`--port ${text}: expected a number from 0 to 65535`);
  return port;
}
