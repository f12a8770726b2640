import { parseArgs } from "node:util";
import { browseEntities, browseFields } from "../../connection/browse-entities.ts";
import type { Browsed, BrowsePorts } from "../../connection/browse-entities.ts";
import { failureKind } from "../../run/failure-kind.ts";
import type { Entity, EntityField } from "../../sdk/entity.ts";
import { browsePorts, findBrowsed } from "../browse-profile.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { openKeptProfiles, PROFILE_HELP, TABLE_HELP } from "../open-profiles.ts";
import { showTable } from "../show-table.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

export const discoverCommand: Command = {
  name: "discover",
  summary: "show what a connector profile gives access to: entities, and their fields",
  help: `millrace discover PROFILE [--path PATH]
millrace discover PROFILE ENTITY

Asks the system of a connector profile what it has, now, and shows it: without ENTITY the entities that flows may read or
write; with it the entity's fields, with types and with the operators that a Filter task may use.

  PROFILE             the name of a connector profile, as CreateConnectorProfile made it
  ENTITY              the name of an entity, as this command lists them

  --path PATH         the entities within an entity that has some itself
${PROFILE_HELP}
${TABLE_HELP}
  --json              print one line of JSON per entity or field

Fields marked \`time\` can tell what is new; those marked \`key\` tell which record it is.

Exit codes: 0 done · 1 no such profile or entity, or the system refused · 2 the system failed, try again

Examples:
  millrace discover desk
  millrace discover desk tickets
  millrace discover desk --path custom_objects
  millrace discover desk tickets --json | jq -r .name
`,
  run,
};

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      path: { type: "string" },
      data: { type: "string" },
      table: { type: "string" },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [name, entity, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw new UsageError("expected a PROFILE, and perhaps an ENTITY");
  if (entity !== undefined && values.path !== undefined) {
    throw new UsageError("--path is for lists of entities — leave it or the ENTITY out");
  }
  const { terminal, interrupted } = context;
  const kept = await openKeptProfiles(values, `there has to be a profile ${name}`);
  try {
    const browsed = await findBrowsed(name, kept);
    const ports = browsePorts(kept, interrupted);
    if (entity === undefined) await showEntities(browsed, values, ports, context);
    else await showFields(browsed, entity, values, ports, context);
    return interrupted.aborted ? EXIT.interrupted : EXIT.ok;
  } catch (error) {
    if (interrupted.aborted) return EXIT.interrupted;
    if (error instanceof UsageError) throw error;
    terminal.note(`millrace discover ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodeOf(failureKind(error));
  } finally {
    await kept.close();
  }
}

interface Options {
  readonly path?: string | undefined;
  readonly json: boolean;
}

/** So many are asked for at once, and printed before the next: an account may have any number. */
const PAGE_SIZE = 500;

async function showEntities(
  browsed: Browsed,
  { path, json }: Options,
  ports: BrowsePorts,
  { terminal, interrupted }: CommandContext,
): Promise<void> {
  for (let next: string | undefined; !interrupted.aborted;) {
    const page = await browseEntities(browsed, { path, next, limit: PAGE_SIZE }, ports);
    if (json) for (const each of page.entities) terminal.print(JSON.stringify({ ...each, group: page.group }));
    else showEntityPage(page.entities, terminal);
    if (page.next === undefined) return;
    if (page.next === next) throw new Error(`${browsed.connector.label} gives the same page again and again`);
    next = page.next;
  }
}

function showEntityPage(entities: readonly Entity[], terminal: Terminal): void {
  const width = Math.max(0, ...entities.map(({ name }) => name.length));
  for (const { name, label, hasNested } of entities) {
    const inner = hasNested ? `  (--path ${name} shows what is in it)` : "";
    terminal.print(`${name.padEnd(width)}  ${terminal.dim(label + inner)}`);
  }
}

async function showFields(
  browsed: Browsed,
  entity: string,
  { json }: Options,
  ports: BrowsePorts,
  { terminal }: CommandContext,
): Promise<void> {
  const fields = await browseFields(browsed, entity, ports);
  if (fields === undefined) {
    const list = `\`millrace discover ${browsed.profile!.name}\` lists those that there are`;
    throw new UsageError(`${browsed.connector.label} has no entity ${entity}; ${list}`);
  }
  if (json) for (const field of fields) terminal.print(JSON.stringify(field));
  else showTable(["field", "type", "", "operators"], fields.map(rowOf), terminal);
}

function rowOf(field: EntityField): readonly string[] {
  const { name, type, isPrimaryKey = false, isDeprecated = false, filterOperators, source } = field;
  const marks = [
    ...(isPrimaryKey ? ["key"] : []),
    ...(source?.isTimestamp === true ? ["time"] : []),
    ...(isDeprecated ? ["deprecated"] : []),
  ];
  return [name, type, marks.join(" "), filterOperators.join(", ")];
}
