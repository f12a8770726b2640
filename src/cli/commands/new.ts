import { join } from "node:path";
import { parseArgs } from "node:util";
import { EXIT } from "../exit-codes.ts";
import { newConnector } from "../new-connector.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

/** Connectors are made in the checkout in which the command lies. */
const ROOT = join(import.meta.dirname, "..", "..", "..");

export const newCommand: Command = {
  name: "new",
  summary: "make a connector, with its tests, to be filled",
  help: `millrace new connector NAME

Makes a source connector in this checkout, which reads from a vendor that there is not, and is complete: its datasheet, client,
entities, source and README in connectors/NAME, a stand-in of the vendor and the contract suite in test/connectors/NAME, its
line in connectors/index.ts, and its members of requests in src/api/added-connectors.ts. Types, lint and its suite are green at
once; docs/connector-guide.md tells how to make it yours.

  NAME   what requests call it as their connectorType: letters and digits, an upper-case letter first

Example:
  millrace new connector GitHub && npx vitest run test/connectors/github
`,
  run,
};

async function run([what = "", ...args]: readonly string[], { terminal }: CommandContext): Promise<number> {
  if (what !== "connector") throw new UsageError("expected `connector` and its NAME");
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) throw new UsageError("expected the NAME of one connector");
  for (const path of await newConnector(name, ROOT)) terminal.print(path);
  const suite = `test/connectors/${name.toLowerCase()}`;
  terminal.note(`It is complete, for a vendor that there is not: npx vitest run ${suite}
docs/connector-guide.md tells how to make it yours.`);
  return EXIT.ok;
}
