import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectors } from "../../../connectors/index.ts";
import { preview } from "../../engine/preview.ts";
import type { PreviewedRecord, PreviewSummary } from "../../engine/preview.ts";
import { failureKind } from "../../run/failure-kind.ts";
import { NO_CONNECTION } from "../../sdk/http/connection.ts";
import { readableSource } from "../../run/usable-ends.ts";
import { parseBuckets, requireBuckets, s3Options } from "../bucket-options.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { openStores } from "../local-engine.ts";
import { openProfiles, PROFILE_HELP } from "../open-profiles.ts";
import { readFlowFile } from "../read-flow-file.ts";
import { formatCount } from "../terminal.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

const DEFAULT_LIMIT = "10";

export const previewCommand: Command = {
  name: "preview",
  summary: "show the records that a flow would write, and write nothing",
  help: `millrace preview FLOW.json --bucket NAME=DIR [--limit N]

Reads the source of the flow in FLOW.json (a CreateFlow request; - reads it from stdin), applies all tasks, and prints the
first records as JSON lines. What is rejected on the way, and how many records were filtered, is told on stderr.

  --bucket NAME=DIR   the folder that is this bucket; give one for every bucket that the flow reads
  --s3                every bucket without a folder is in Amazon S3, with the credentials of the environment
${PROFILE_HELP}
  --limit N           how many records (default ${DEFAULT_LIMIT})

Example:
  millrace preview airports.json --bucket in=./data --limit 3
`,
  run,
};

const CONNECTORS = new Map(connectors.map((connector) => [connector.type, connector]));

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      bucket: { type: "string", multiple: true, default: [] },
      s3: { type: "boolean", default: false },
      data: { type: "string" },
      limit: { type: "string", default: DEFAULT_LIMIT },
    },
    allowPositionals: true,
  });
  const [path, ...rest] = positionals;
  if (path === undefined || rest.length > 0) throw new UsageError("expected one flow, as a file or -");
  if (!/^\d+$/.test(values.limit)) throw new UsageError(`--limit ${values.limit}: expected a number of records`);
  const { definition } = await readFlowFile(path, connectors);
  const buckets = parseBuckets(values.bucket);
  if (!values.s3) requireBuckets(definition, buckets, CONNECTORS, "reads");
  const profiles = await openProfiles(definition, values);
  const folder = await mkdtemp(join(tmpdir(), "millrace-preview-"));
  const stores = await openStores({ folder, database: ":memory:", buckets, s3: s3Options(values.s3) });
  try {
    const { connector, profile } = definition.source;
    const source = readableSource(stores.connectors, connector);
    const scope = { signal: context.interrupted, deadline: Number.POSITIVE_INFINITY };
    const connection =
      profile === undefined ? NO_CONNECTION : await profiles!.connect(CONNECTORS.get(connector)!, profile, scope);
    const io = { source, objects: stores.objects, connection, signal: context.interrupted };
    const summary = await show(preview(definition, Number(values.limit), io), context);
    if (context.interrupted.aborted) return EXIT.interrupted;
    const { read, filtered, rejected } = summary;
    context.terminal.note(
      `${formatCount(read)} records read, ${formatCount(filtered)} filtered, ${formatCount(rejected)} rejected`,
    );
    return EXIT.ok;
  } catch (error) {
    if (context.interrupted.aborted) return EXIT.interrupted;
    context.terminal.note(error instanceof Error ? error.message : String(error));
    return exitCodeOf(failureKind(error));
  } finally {
    stores.close();
    await profiles?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function show(
  records: AsyncGenerator<PreviewedRecord, PreviewSummary>,
  { terminal, interrupted }: CommandContext,
): Promise<PreviewSummary> {
  for (;;) {
    const { done, value } = await records.next();
    if (done === true) return value;
    if (value.kind === "record") terminal.print(value.json);
    else terminal.note(`rejected: ${value.rejected.message} (${value.origin}, ${placeOf(value.rejected)})`);
    if (interrupted.aborted) await records.return({ read: 0, filtered: 0, rejected: 0 });
  }
}

function placeOf({ line, offset }: { readonly line?: number; readonly offset: number }): string {
  return line === undefined ? `at ${offset}` : `line ${line}`;
}
