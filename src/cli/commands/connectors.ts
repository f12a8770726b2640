import { parseArgs } from "node:util";
import { connectors } from "../../../connectors/index.ts";
import { didYouMean } from "../../flow/closest.ts";
import { describeConnector } from "../describe-connector.ts";
import { EXIT } from "../exit-codes.ts";
import { showConnector, showConnectors } from "../show-connectors.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

export const connectorsCommand: Command = {
  name: "connectors",
  summary: "list the connectors, and describe what each can do",
  help: `millrace connectors list
millrace connectors describe NAME

Shows what this engine knows of other systems: which it reads and writes, by what flows of them are triggered and how often,
what profiles of them hold, and what settings and operators flows may have.

  list            all connectors, one line for each
  describe NAME   one of them, by its type; upper case does not matter

  --json          print JSON; of list, one line per connector

Examples:
  millrace connectors list
  millrace connectors describe zendesk
  millrace connectors list --json | jq -r 'select(.source.movesData) | .type'

What an account in one of them has is shown by \`millrace discover\`.
`,
  run,
};

// oxlint-disable-next-line require-await
async function run([verb = "", ...args]: readonly string[], { terminal }: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [name, ...rest] = positionals;
  if (rest.length > 0 || !["list", "describe"].includes(verb) || (verb === "list") !== (name === undefined)) {
    throw new UsageError("expected `list`, or `describe` and the NAME of a connector");
  }
  const found = (name === undefined ? connectors : [findConnector(name)]).map(describeConnector);
  if (values.json) for (const each of found) terminal.print(JSON.stringify(each));
  else if (name === undefined) showConnectors(found, terminal);
  else showConnector(found[0]!, terminal);
  return EXIT.ok;
}

function findConnector(name: string) {
  const found = connectors.find(({ type, key }) =>
    [type, key].some((each) => each.toLowerCase() === name.toLowerCase()),
  );
  if (found !== undefined) return found;
  const remedy =
    didYouMean(
      name,
      connectors.map(({ type }) => type),
    ) ?? "`millrace connectors list` shows all";
  throw new UsageError(`there is no connector ${name} — ${remedy}`);
}
